/* Each process of a chain starts threads that do nothing but allocate and free, and forks beside them. What the caches
 * of its parent's threads held is not lost to a child, and those threads do not count as its own. */
#include "check.h"
#include <pthread.h>
#include <sys/wait.h>

enum { THREADS = 8, GENERATIONS = 40, SLOTS = 64, EARLY = 6 };

static int busy, over;

static void *work(void *seed) {
    uint64_t state = (uintptr_t)seed * 977;
    void *blocks[SLOTS] = {0};
    for (long i = 0; !__atomic_load_n(&over, __ATOMIC_RELAXED); i++) {
        void **block = &blocks[next_random(&state) % SLOTS];
        free(*block);
        *block = malloc(16 + next_random(&state) % 2000);
        if (i == 2000)
            __atomic_fetch_add(&busy, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

static size_t cached(void) {
    for (int i = 0; i < 2000; i++)
        free(launder(malloc(16 + i)));
    malloc_trim(0);
    return mallinfo2().fsmblks;
}

static void live(int generation, size_t early) {
    const size_t now = cached();
    if (generation == EARLY)
        early = now;
    if (generation == GENERATIONS) {
        dprintf(1, "%zu bytes are cached after %d forks, %zu after %d\n", now, GENERATIONS, early, EARLY);
        _exit(now > early + GENERATIONS * (256 << 10));
    }
    busy = 0;
    for (uintptr_t i = 0; i < THREADS; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, work, (void *)(i + 1)) == 0);
    }
    while (__atomic_load_n(&busy, __ATOMIC_RELAXED) < THREADS)
        sched_yield();
    const pid_t child = fork();
    if (child == 0)
        live(generation + 1, early);
    __atomic_store_n(&over, 1, __ATOMIC_RELAXED);
    int status;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

int main(void) {
    live(0, 0);
}
