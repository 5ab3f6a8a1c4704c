/* Threads that each free and allocate a table of blocks in turn, of all
 * lengths alike, and exchange some with one another: caches of pages, packets
 * and rows. How many blocks of one size class are in use varies at random;
 * what is given back meanwhile is soon wanted again. */
#include "support.h"
#include <stdatomic.h>

enum { SHELVES = 512, SHARED_EVERY = 8 };

static _Atomic(uint64_t *) shelves[SHELVES];
static size_t live, rounds, minimum, maximum;

struct worker {
    pthread_t thread;
    size_t number;
    uint64_t sum;
};

/* Every block is counted once, by whoever frees it. */
static uint64_t release(uint64_t *block) {
    uint64_t value = block == NULL ? 0 : block[0];
    free(block);
    return value;
}

static void *work(void *argument) {
    struct worker *self = argument;
    struct generator random = seeded(500 + self->number);
    uint64_t **blocks = must(calloc(live, sizeof *blocks));
    for (size_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < live; i++) {
            self->sum += release(blocks[i]);
            size_t size = minimum + below(&random, maximum - minimum + 1);
            unsigned char *bytes = keep(must(malloc(size)));
            bytes[size - 1] = 0;
            blocks[i] = (uint64_t *)(void *)bytes;
            blocks[i][0] = round * live + i;
        }
        for (size_t i = 0; i < live; i += SHARED_EVERY) {
            blocks[i] = atomic_exchange(&shelves[below(&random, SHELVES)], blocks[i]);
        }
    }
    for (size_t i = 0; i < live; i++) {
        self->sum += release(blocks[i]);
    }
    free(blocks);
    return NULL;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    size_t threads = setting("threads", 2);
    live = setting("live", 1000);
    rounds = setting("rounds", 500);
    minimum = setting("minimum", 16);
    maximum = setting("maximum", 16000);
    settings_done();

    struct worker *workers = must(calloc(threads, sizeof *workers));
    for (size_t i = 0; i < threads; i++) {
        workers[i].number = i;
        start_thread(&workers[i].thread, work, &workers[i]);
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < threads; i++) {
        join_thread(workers[i].thread);
        sum += workers[i].sum;
    }
    for (size_t i = 0; i < SHELVES; i++) {
        sum += release(atomic_load(&shelves[i]));
    }
    free(workers);
    report("checksum", sum);
    return 0;
}
