/* Threads that exist before the filter allocate hard under it and end. */
#include "filter.h"
#include <pthread.h>

static pthread_barrier_t filtered;

static void *worker(void *number) {
    pthread_barrier_wait(&filtered);
    work_hard((uintptr_t)number);
    return NULL;
}

int main(void) {
    FILTER_OF(filter, ALLOCATOR_CALLS, PROGRAM_CALLS, THREAD_END_CALLS);
    pthread_t thread[4];
    pthread_barrier_init(&filtered, NULL, 5);
    for (intptr_t i = 0; i < 4; i++)
        CHECK(pthread_create(&thread[i], NULL, worker, (void *)(i + 1)) == 0);
    INSTALL(filter);
    pthread_barrier_wait(&filtered);
    for (int i = 0; i < 4; i++)
        CHECK(pthread_join(thread[i], NULL) == 0);
    CHECK(write(1, "done\n", 5) == 5);
    _exit(0);
}
