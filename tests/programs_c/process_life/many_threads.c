/* 300 threads alive at once, more than there are arenas; each frees its neighbour's. */
#include "check.h"
#include <pthread.h>

enum { THREADS = 300, BLOCKS = 100 };
static unsigned char *block[THREADS][BLOCKS];
static pthread_barrier_t full, emptied;

static void *worker(void *number) {
    const int me = (int)(intptr_t)number, next = (me + 1) % THREADS;
    uint64_t state = me + 1;
    for (int i = 0; i < BLOCKS; i++) {
        block[me][i] = malloc(random_size(&state) % 5000 + 1);
        CHECK(block[me][i]);
        block[me][i][0] = (unsigned char)me;
    }
    pthread_barrier_wait(&full);
    for (int i = 0; i < BLOCKS; i++) {
        CHECK(block[next][i][0] == (unsigned char)next);
        free(block[next][i]);
    }
    pthread_barrier_wait(&emptied);
    for (int i = 0; i < 1000; i++)
        free(malloc(random_size(&state)));
    return NULL;
}

int main(void) {
    static pthread_t thread[THREADS];
    pthread_attr_t small_stack;
    pthread_attr_init(&small_stack);
    pthread_attr_setstacksize(&small_stack, 128 << 10);
    pthread_barrier_init(&full, NULL, THREADS);
    pthread_barrier_init(&emptied, NULL, THREADS);
    for (intptr_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&thread[i], &small_stack, worker, (void *)i) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(thread[i], NULL) == 0);
}
