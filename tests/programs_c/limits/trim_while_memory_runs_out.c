/* Threads free blocks and run out of memory, which makes the allocator close what is idle, while
 * others trim and look at just that. */
#include "check.h"
#include <pthread.h>
#include <time.h>

enum { BLOCKS = 300, THREADS = 3, SECONDS = 5 };

static time_t end;
static unsigned long rounds;

static void *work(void *seed) {
    uint64_t state = (uintptr_t)seed;
    unsigned char *blocks[BLOCKS];
    while (time(NULL) < end) {
        const size_t size = 16 + next_random(&state) % 30000;
        for (int i = 0; i < BLOCKS; i++) {
            blocks[i] = malloc(size);
            CHECK(blocks[i]);
            memset(blocks[i], i, size);
        }
        for (int i = 0; i < BLOCKS; i++) {
            CHECK(is_filled(blocks[i], i & 255, size));
            free(blocks[i]);
        }
        if (next_random(&state) % 2)
            CHECK(malloc((size_t)1 << 50) == NULL && errno == ENOMEM);
        else
            malloc_trim(0);
        __atomic_add_fetch(&rounds, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    end = time(NULL) + SECONDS;
    for (intptr_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, work, (void *)(i + 1)) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(rounds > 30);
    return 0;
}
