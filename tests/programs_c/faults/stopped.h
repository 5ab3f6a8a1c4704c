/* Another thread frees the block `shared` while an operation on it stands still: a page of the block may not be
 * touched so, and the handler of the fault waits for the other thread. A free that goes unnoticed ends the program. */
#ifndef STOPPED_H
#define STOPPED_H

#include "fault.h"
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

static char *shared, *page;
static volatile int is_stopped, is_freed;

static void *frees(void *unused) {
    while (!is_stopped)
        ;
    free(shared);
    is_freed = 1;
    return unused;
}

static void wait_for_the_free(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    CHECK((char *)info->si_addr >= page && (char *)info->si_addr < page + 4096);
    is_stopped = 1;
    while (!is_freed)
        ;
    SURVIVED;
}

/* The operation that comes next is the one that stands still, at the page that begins at `at`. */
static inline void stop_at(uintptr_t at, int protection) {
    struct sigaction action = {.sa_sigaction = wait_for_the_free, .sa_flags = SA_SIGINFO};
    CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, frees, NULL) == 0);
    page = (char *)at;
    CHECK(mprotect(page, 4096, protection) == 0);
    MISUSE(shared);
}

#endif
