/* Sixteen threads one after another, all alive at once, use 300 blocks each of many sizes and end. What they leave goes
 * home, whatever the rest of the program does. Argument: what that is: "large" works with large blocks only, for three
 * seconds at most; "trim" has a thread that never allocated call malloc_trim. */
#include "check.h"
#include <pthread.h>
#include <time.h>

enum { THREADS = 16, BLOCKS = 300, LARGE = 300000 };

static pthread_barrier_t all_here;

static void *work(void *unused) {
    static __thread char *block[BLOCKS];
    for (int i = 0; i < BLOCKS; i++)
        block[i] = memset(malloc(16 + i * 7), 1, 16);
    for (int i = 0; i < BLOCKS; i++)
        free(block[i]);
    pthread_barrier_wait(&all_here);
    return unused;
}

static void *trim(void *unused) {
    malloc_trim(0);
    return unused;
}

static void run(int count, void *(*what)(void *)) {
    pthread_t thread[THREADS];
    for (int i = 0; i < count; i++)
        CHECK(pthread_create(&thread[i], NULL, what, NULL) == 0);
    for (int i = 0; i < count; i++)
        CHECK(pthread_join(thread[i], NULL) == 0);
}

/* Bytes that caches hold: quarantined slots and those at hand. */
static size_t cached(void) { return mallinfo2().fsmblks; }

int main(int argc, char **argv) {
    CHECK(argc == 2);
    pthread_barrier_init(&all_here, NULL, THREADS);
    const size_t before = cached();
    run(THREADS, work);
    const size_t left = cached();
    /* Something is there to go home, or this shows nothing. */
    CHECK(left > before + (200 << 10));
    if (strcmp(argv[1], "trim") == 0) {
        run(1, trim);
    } else {
        for (int i = 0; i < 300 && cached() > before + (left - before) / 4; i++) {
            free(launder(malloc(LARGE)));
            usleep(10000);
        }
    }
    dprintf(1, "%zu, %zu, %zu bytes\n", before, left, cached());
    CHECK(cached() <= before + (left - before) / 4);
    return 0;
}
