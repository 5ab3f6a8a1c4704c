/* Large blocks of many threads at once, of each of which at most one byte is written: to wait for each other does not make
 * them blocks that were written, which would have their pages made and wiped. */
#include "check.h"
#include <pthread.h>

enum { THREADS = 16, LIVE = 4, SIZE = 16 << 20, ROUNDS = 300, PAGES_EACH = 8 };

static void *work(void *number) {
    uint64_t state = 1 + (uintptr_t)number;
    char *blocks[LIVE] = {0};
    for (int round = 0; round < ROUNDS; round++) {
        char **const block = &blocks[next_random(&state) % LIVE];
        const size_t size = SIZE + next_random(&state) % SIZE / 2;
        free(*block);
        *block = malloc(size);
        CHECK(*block);
        (*block)[size / 7] = (char)((uintptr_t)number % 2);
    }
    for (int i = 0; i < LIVE; i++) {
        free(blocks[i]);
    }
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    const long before = page_faults();
    for (uintptr_t i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    CHECK(page_faults() - before < THREADS * ROUNDS * PAGES_EACH);
    return 0;
}
