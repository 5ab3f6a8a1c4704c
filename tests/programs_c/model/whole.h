/* What must be so of the heap as a whole: its statistics, a child's copy of it, and what is
 * left when everything was given back. */
#ifndef WHOLE_H
#define WHOLE_H

#include "calls.h"
#include <sys/wait.h>

/* What libc itself had allocated before the first operation, and allocates for each thread. */
static size_t base_bytes, thread_bytes;
/* The most threads that may have one at this time. */
static int threads_started;

/* How far resident memory may be above that of the start when all is given back: the
 * library's records stay, and pages with a slot that this thread's quarantine holds. */
enum { LEFT_KIB = 8192 };

static void expect_statistics(void) {
    struct mallinfo2 info;
    CALLED(info = mallinfo2(), UNTOUCHED);
    HOLDS(info.uordblks + info.fordblks == info.arena, "%zu bytes used and %zu free of %zu", info.uordblks,
          info.fordblks, info.arena);
    HOLDS(info.smblks <= info.ordblks, "%zu of %zu slots wait", info.smblks, info.ordblks);
    if (!is_serial)
        return;
    size_t large = 0, aligned = 0;
    for (int i = 0; i < BLOCKS; i++) {
        const struct block *block = &blocks[i];
        large += block->at && block->size > SMALL_MAX;
        aligned += block->at && block->size <= SMALL_MAX && block->align > 16;
    }
    HOLDS(info.hblks >= large && info.hblks <= large + aligned,
          "%zu large blocks, of %zu and %zu that may be", info.hblks, large, aligned);
    const size_t own = live_bytes + base_bytes;
    const size_t used = info.uordblks + info.hblkhd, rest = used - own;
    HOLDS(used >= own && rest % thread_bytes == 0 && rest / thread_bytes <= threads_started,
          "%zu bytes in use; the model has %zu, libc %zu and %d times %zu", used, live_bytes,
          base_bytes, threads_started, thread_bytes);
}

static void trim(void) {
    int gave_back;
    CALLED(gave_back = malloc_trim(0), UNTOUCHED);
    HOLDS(gave_back == 0 || gave_back == 1, "malloc_trim gives %d", gave_back);
}

/* All blocks but those that some thread was at work on are whole; they can be freed, and new
 * ones had. */
static void be_the_child(void) {
    static const struct operation probes[] = {
        {0, MALLOC, 0, 100, 40, 0, -1},    {0, MALLOC, 0, 100, 3000, 0, -1},
        {0, CALLOC, 0, 50, 100, 9, -1},    {0, MALLOC, 0, 100, 200000, 0, -1},
        {0, ALIGNED_ALLOC, 0, 9, 100, 4096, -1}, {0, REALLOC, 0, 100, 777, 0, -1},
    };
    /* Nobody else is left who could hold it. */
    pthread_mutex_init(&model, NULL);
    expect_statistics();
    for (int i = 0; i < BLOCKS; i++) {
        if (blocks[i].at && !blocks[i].is_busy)
            release(&blocks[i], i % 3 == 0 ? FREE_SIZED : FREE);
        else if (blocks[i].at)
            continue;
        if (i % 2 == 0)
            operate(&blocks[i], &probes[i / 2 % 6]);
    }
    expect_statistics();
    _exit(0);
}

static void fork_and_look(void) {
    int status = 0;
    lock_model();
    const pid_t child = fork();
    if (child == 0)
        be_the_child();
    unlock_model();
    HOLDS(child > 0, "no fork");
    HOLDS(waitpid(child, &status, 0) == child, "no child");
    HOLDS(status == 0, "the child ended with %#x", status);
}

/* The threads are gone and all blocks are given back. */
static void expect_nothing_left(long resident_before, int threads_ended) {
    struct mallinfo2 info;
    threads_started = 0;
    trim();
    info = mallinfo2();
    HOLDS(info.uordblks == base_bytes && live_bytes == 0, "%zu bytes in use at the end, not %zu",
          info.uordblks, base_bytes);
    HOLDS(info.hblks == 0 && info.hblkhd == 0, "%zu large blocks of %zu bytes left", info.hblks,
          info.hblkhd);
    HOLDS(info.keepcost == 0, "%zu bytes of large blocks kept", info.keepcost);
    /* What other threads held back went home with them. Each of them may have left one block of
     * libc's for us to free. */
    HOLDS(info.smblks <= given_back + threads_ended, "%zu slots wait, of %zu that this thread freed",
          info.smblks, given_back);
    const long now = resident_kib();
    HOLDS(now <= resident_before + LEFT_KIB, "%ld KiB resident at the end, %ld before", now,
          resident_before);
    if (getenv("MODEL_VERBOSE"))
        dprintf(2, "resident %ld -> %ld KiB; %zu slots wait, %zu freed\n", resident_before, now,
                info.smblks, given_back);
}

#endif
