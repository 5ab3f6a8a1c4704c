/* Threads with blocks of many long sizes: says how often the very next request gets the address that was just freed,
 * and how many pairs of malloc and free it takes, at the median, until such an address comes again.
 * Arguments: the number of threads, the size for the pairs. */
#include "fault.h"
#include "reuse.h"
#include <pthread.h>

enum { BLOCKS = 64, TURNS = 10000, MEASURED = 201, THREADS = 32 };

static size_t at_once[THREADS];

static size_t long_size(uint64_t *random) { return 4200 + next_random(random) % 126800; }

static void *replace(void *argument) {
    const size_t thread = (size_t)argument;
    uint64_t random = 7 + thread;
    void *blocks[BLOCKS];
    size_t sizes[BLOCKS];
    for (int i = 0; i < BLOCKS; i++)
        blocks[i] = malloc(sizes[i] = long_size(&random));
    for (int turn = 0; turn < TURNS; turn++) {
        const size_t i = next_random(&random) % BLOCKS;
        const uintptr_t freed = (uintptr_t)blocks[i];
        free(blocks[i]);
        blocks[i] = malloc(sizes[i]);
        at_once[thread] += (uintptr_t)blocks[i] == freed;
        if (turn % 2) {
            free(blocks[i]);
            blocks[i] = malloc(sizes[i] = long_size(&random));
        }
    }
    for (int i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    return NULL;
}

static int order(const void *a, const void *b) {
    const size_t left = *(const size_t *)a, right = *(const size_t *)b;
    return (left > right) - (left < right);
}

int main(int argc, char **argv) {
    const size_t threads = number_argument(argv, 1), size = number_argument(argv, 2);
    pthread_t all[THREADS];
    for (size_t i = 1; i < threads; i++)
        CHECK(pthread_create(&all[i], NULL, replace, (void *)i) == 0);
    replace(NULL);
    size_t sum = at_once[0];
    for (size_t i = 1; i < threads; i++) {
        CHECK(pthread_join(all[i], NULL) == 0);
        sum += at_once[i];
    }
    static size_t pairs[MEASURED];
    for (int i = 0; i < MEASURED; i++) {
        char *const wanted = launder(malloc(size));
        free(wanted);
        pairs[i] = pairs_until(wanted, size, 10000);
    }
    qsort(pairs, MEASURED, sizeof *pairs, order);
    say_number("at_once", sum);
    say_number("pairs", pairs[MEASURED / 2]);
    _exit(0);
}
