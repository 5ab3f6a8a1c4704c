/* Many more threads than cores, each with objects of its own and some that
 * pass through a shared table: a thread pool under load. A lock holder that is
 * not running costs everybody, so spinning shows here. */
#include "support.h"

enum { SHELVES = 64 };

struct shelf {
    pthread_mutex_t lock;
    uint64_t *object;
};

static struct shelf shelves[SHELVES];
static size_t live, operations, shared_every, maximum;

struct worker {
    pthread_t thread;
    size_t number;
    uint64_t sum;
};

/* Puts `object` on a shelf and frees what lay there, most likely another
 * thread's. */
static uint64_t exchange(size_t place, uint64_t *object) {
    struct shelf *shelf = &shelves[place];
    pthread_mutex_lock(&shelf->lock);
    uint64_t *found = shelf->object;
    shelf->object = object;
    pthread_mutex_unlock(&shelf->lock);
    uint64_t value = found == NULL ? 0 : *found;
    free(found);
    return value;
}

static void *work(void *argument) {
    struct worker *self = argument;
    struct generator random = seeded(400 + self->number);
    uint64_t **objects = must(calloc(live, sizeof *objects));
    for (size_t i = 0; i < operations; i++) {
        uint64_t *fresh = keep(must(malloc(mixed_size(&random, 16, maximum))));
        *fresh = i;
        if (i % shared_every == 0) {
            self->sum += exchange(below(&random, SHELVES), fresh);
            continue;
        }
        uint64_t **place = &objects[below(&random, live)];
        self->sum += *place == NULL ? 0 : **place;
        free(*place);
        *place = fresh;
    }
    for (size_t i = 0; i < live; i++) {
        self->sum += objects[i] == NULL ? 0 : *objects[i];
        free(objects[i]);
    }
    free(objects);
    return NULL;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    size_t threads = setting("threads", 64);
    live = setting("live", 200);
    operations = setting("operations", 80000);
    shared_every = setting("shared_every", 16);
    maximum = setting("maximum", 1024);
    settings_done();

    for (size_t i = 0; i < SHELVES; i++) {
        pthread_mutex_init(&shelves[i].lock, NULL);
    }
    struct worker *workers = must(calloc(threads, sizeof *workers));
    for (size_t i = 0; i < threads; i++) {
        workers[i].number = i;
        start_thread(&workers[i].thread, work, &workers[i]);
    }
    /* Every object is counted once, by whoever frees it, so the sum does not
     * depend on the order. */
    uint64_t sum = 0;
    for (size_t i = 0; i < threads; i++) {
        join_thread(workers[i].thread);
        sum += workers[i].sum;
    }
    for (size_t i = 0; i < SHELVES; i++) {
        sum += exchange(i, NULL);
    }
    free(workers);
    report("checksum", sum);
    return 0;
}
