/* mallinfo2 and mallinfo follow what is allocated, in every thread. */
#include "check.h"
#include <pthread.h>

enum { BLOCKS = 20000, SIZE = 700, THREADS = 4 };
static void *block[THREADS + 1][BLOCKS];
static pthread_barrier_t full, looked;

static size_t in_use(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static void fill(int row) {
    for (int i = 0; i < BLOCKS; i++)
        block[row][i] = malloc(SIZE);
}

static void drain(int row) {
    for (int i = 0; i < BLOCKS; i++)
        free(block[row][i]);
}

static void *worker(void *row) {
    fill((int)(intptr_t)row);
    pthread_barrier_wait(&full);
    pthread_barrier_wait(&looked);
    drain((int)(intptr_t)row);
    return NULL;
}

int main(void) {
    const size_t asked = (size_t)BLOCKS * SIZE;
    free(malloc(1));
    size_t small_before = mallinfo2().uordblks, before = in_use();
    fill(0);
    SAY("uordblks grew by the request: %s", yes_no(mallinfo2().uordblks - small_before >= asked));
    SAY("not by three times as much: %s", yes_no(mallinfo2().uordblks - small_before < 3 * asked));
    unsigned narrow = (unsigned)mallinfo().uordblks;
    SAY("mallinfo agrees: %s", yes_no(narrow - (unsigned)small_before >= asked));
    struct mallinfo2 info = mallinfo2();
    SAY("arena holds it: %s", yes_no(info.arena >= asked));
    SAY("arena is used or free: %s", yes_no(info.arena == info.uordblks + info.fordblks));
    drain(0);
    SAY("and shrank again: %s", yes_no(in_use() < before + asked / 4));

    size_t large_before = in_use();
    void *large = malloc(50 << 20);
    SAY("a large block counts once: %s", yes_no((in_use() - large_before) >> 20 == 50));
    free(large);
    SAY("and counts no longer: %s", yes_no(in_use() - large_before < 1 << 20));

    pthread_t thread[THREADS];
    pthread_barrier_init(&full, NULL, THREADS + 1);
    pthread_barrier_init(&looked, NULL, THREADS + 1);
    before = in_use();
    for (intptr_t i = 0; i < THREADS; i++)
        pthread_create(&thread[i], NULL, worker, (void *)(i + 1));
    pthread_barrier_wait(&full);
    SAY("every thread counts: %s", yes_no(in_use() - before >= THREADS * asked));
    pthread_barrier_wait(&looked);
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    SAY("until all is freed: %s", yes_no(in_use() < before + asked / 2));
}
