/* Eight threads churn blocks of all sizes and exchange them through a shared table. */
#include "check.h"
#include <pthread.h>

enum { THREADS = 8, SHARED = 512, STEPS = 20000 };

struct block {
    size_t size;
    unsigned char bytes[];
};

static struct block *shared[SHARED];

static void *worker(void *seed) {
    uint64_t state = (uintptr_t)seed * 104729;
    for (int i = 0; i < STEPS; i++) {
        size_t size = random_size(&state);
        struct block *fresh = malloc(sizeof *fresh + size);
        CHECK(fresh);
        fresh->size = size;
        memset(fresh->bytes, (int)size, size);
        struct block *old = __atomic_exchange_n(&shared[next_random(&state) % SHARED], fresh,
                                                __ATOMIC_ACQ_REL);
        if (!old)
            continue;
        CHECK(is_filled(old->bytes, (int)old->size, old->size));
        if (i % 8 == 0) {
            size_t longer = old->size + 100;
            old = realloc(old, sizeof *old + longer);
            CHECK(old && is_filled(old->bytes, (int)old->size, old->size));
        }
        free(old);
    }
    return NULL;
}

int main(void) {
    pthread_t thread[THREADS];
    for (intptr_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&thread[i], NULL, worker, (void *)(i + 1)) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(thread[i], NULL) == 0);
    for (int i = 0; i < SHARED; i++)
        free(shared[i]);
}
