/* A quarantine is shorter while there are many threads. What is in one that is too long then leaves it, and
 * nothing is lost: no more slots than it holds are quarantined in the end. */
#include "check.h"
#include "starmalloc.h"
#include <pthread.h>

#pragma weak starmalloc_stats

enum { SIZE = 5000, OTHERS = 8, LONGEST = 40, CYCLES = 40 };

static pthread_barrier_t all_are_here, may_end;

static void *be_there(void *unused) {
    free(launder(malloc(10)));
    pthread_barrier_wait(&all_are_here);
    pthread_barrier_wait(&may_end);
    return unused;
}

static unsigned long long quarantined(void) {
    static struct starmalloc_statistics all;
    starmalloc_stats(&all, sizeof all);
    for (unsigned i = 0; i < all.class_count; i++)
        if (all.classes[i].slot_bytes > SIZE)
            return all.classes[i].quarantined;
    return 0;
}

int main(void) {
    pthread_barrier_init(&all_are_here, NULL, OTHERS + 1);
    pthread_barrier_init(&may_end, NULL, OTHERS + 1);
    for (int cycle = 0; cycle < CYCLES; cycle++) {
        void *block[LONGEST + 1];
        pthread_t other[OTHERS];
        for (int i = 0; i <= LONGEST; i++)
            CHECK(block[i] = launder(malloc(SIZE)));
        for (int i = 0; i < LONGEST; i++)
            free(block[i]);
        for (int i = 0; i < OTHERS; i++)
            CHECK(pthread_create(&other[i], NULL, be_there, NULL) == 0);
        pthread_barrier_wait(&all_are_here);
        free(block[LONGEST]);
        pthread_barrier_wait(&may_end);
        for (int i = 0; i < OTHERS; i++)
            pthread_join(other[i], NULL);
    }
    CHECK(quarantined() > 0 && quarantined() <= LONGEST);
    return 0;
}
