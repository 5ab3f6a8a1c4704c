/* Threads free what the main thread allocates, so that their batches are on the way home at most
 * moments, while the main thread forks. The children use and free few blocks at first, then many:
 * a slot that came home in the middle of a fork must be in one place only. */
#include "check.h"
#include <pthread.h>
#include <sys/wait.h>

enum { FREEING = 3, SHELVES = 8192, FORKS = 500, KINDS = 6, MOST = 2000, ROUNDS = 4 };
static void *shelf[SHELVES];
static int stop;

static size_t size_of(int kind) {
    return 48 + (size_t)kind * 32;
}

static void *freeing(void *seed) {
    uint64_t state = (uintptr_t)seed * 977;
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
        free(__atomic_exchange_n(&shelf[next_random(&state) % SHELVES], NULL, __ATOMIC_ACQ_REL));
    return NULL;
}

static void child(void) {
    static unsigned char *blocks[MOST];
    for (int round = 0; round < ROUNDS; round++) {
        for (int kind = 0; kind < KINDS; kind++) {
            int count = round > 0 ? MOST : kind < 3 ? 100 : 0;
            for (int i = 0; i < count; i++) {
                blocks[i] = malloc(size_of(kind));
                CHECK(blocks[i]);
                memset(blocks[i], i + round, size_of(kind));
            }
            for (int i = 0; i < count; i++) {
                CHECK(blocks[i][0] == (unsigned char)(i + round));
                CHECK(blocks[i][size_of(kind) - 1] == (unsigned char)(i + round));
                free(blocks[i]);
            }
        }
    }
    _exit(0);
}

int main(void) {
    pthread_t threads[FREEING];
    for (intptr_t i = 0; i < FREEING; i++)
        CHECK(pthread_create(&threads[i], NULL, freeing, (void *)(i + 1)) == 0);
    uint64_t state = 1;
    for (int i = 0; i < FORKS; i++) {
        for (int k = 0; k < 3000; k++) {
            void *block = malloc(size_of(next_random(&state) % KINDS));
            CHECK(block);
            void **place = &shelf[next_random(&state) % SHELVES];
            free(__atomic_exchange_n(place, block, __ATOMIC_ACQ_REL));
        }
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0)
            child();
        int status;
        CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < FREEING; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
