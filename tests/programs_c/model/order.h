/* Who waits for whom. An operation waits for the one before it about the same block, and in a
 * serial sequence for the one before it at all; so a block that several threads name goes from
 * hand to hand in the order of the sequence. The first one that is not done can always go on. */
#ifndef ORDER_H
#define ORDER_H

#include "operation.h"
#include <linux/futex.h>
#include <sys/syscall.h>

static int done[OPERATIONS];

static void wait_for(int operation) {
    if (operation < 0)
        return;
    while (__atomic_load_n(&done[operation], __ATOMIC_ACQUIRE) == 0)
        syscall(SYS_futex, &done[operation], FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static void wait_for_those_before(int operation) {
    const struct operation *o = &operations[operation];
    if (is_serial)
        wait_for(operation - 1);
    wait_for(o->before);
    /* A misuse comes when all is quiet. */
    for (int i = 0; o->word >= DOUBLE_FREE && i < operation; i++)
        wait_for(i);
}

static void tell_those_behind(int operation) {
    __atomic_store_n(&done[operation], 1, __ATOMIC_RELEASE);
    syscall(SYS_futex, &done[operation], FUTEX_WAKE_PRIVATE, THREADS, NULL, NULL, 0);
}

#endif
