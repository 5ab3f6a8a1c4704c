/* 300 threads alive at once, more than there are arenas; each frees its neighbour's. */
#include "check.h"
#include <pthread.h>

enum { THREADS = 300, BLOCKS = 100, LIVE = 8, OPERATIONS = 30000 };
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
    /* Long enough for each to be interrupted in the middle of an operation. */
    struct {
        unsigned char *bytes;
        size_t size;
    } live[LIVE] = {{0}};
    for (int i = 0; i < OPERATIONS; i++) {
        const int at = i % LIVE;
        CHECK(is_filled(live[at].bytes, me & 255, live[at].size));
        free(live[at].bytes);
        live[at].size = next_random(&state) % 300;
        live[at].bytes = malloc(live[at].size);
        CHECK(live[at].bytes);
        memset(live[at].bytes, me, live[at].size);
    }
    for (int i = 0; i < LIVE; i++)
        free(live[i].bytes);
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
