/* One thread allocates long blocks, others free them, a few at a time: few slots are used, for those that were freed are
 * soon back. */
#include "check.h"
#include "starmalloc.h"
#include <pthread.h>

#pragma weak starmalloc_stats

enum { SIZE = 60000, CONSUMERS = 3, ROUNDS = 200, MOST = 48 };

static pthread_barrier_t filled, freed;
static void *block[CONSUMERS];

static void *consume(void *own) {
    free(launder(malloc(10)));
    for (int round = 0; round < ROUNDS; round++) {
        pthread_barrier_wait(&filled);
        free(*(void **)own);
        pthread_barrier_wait(&freed);
    }
    return own;
}

int main(void) {
    pthread_t consumer[CONSUMERS];
    pthread_barrier_init(&filled, NULL, CONSUMERS + 1);
    pthread_barrier_init(&freed, NULL, CONSUMERS + 1);
    for (int i = 0; i < CONSUMERS; i++)
        CHECK(pthread_create(&consumer[i], NULL, consume, &block[i]) == 0);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < CONSUMERS; i++)
            CHECK(block[i] = launder(malloc(SIZE)));
        pthread_barrier_wait(&filled);
        pthread_barrier_wait(&freed);
    }
    static struct starmalloc_statistics all;
    starmalloc_stats(&all, sizeof all);
    for (unsigned i = 0; i < all.class_count; i++)
        if (all.classes[i].slot_bytes > SIZE) {
            CHECK(all.classes[i].quarantined + all.classes[i].free <= MOST);
            break;
        }
    for (int i = 0; i < CONSUMERS; i++)
        pthread_join(consumer[i], NULL);
    return 0;
}
