/* Threads that live for some tens of allocations: the cost of a thread's first
 * allocation and of handing its caches back when it exits. */
#include "support.h"

enum { OBJECTS = 32 };

struct worker {
    pthread_t thread;
    size_t number;
    uint64_t sum;
};

static void *briefly(void *argument) {
    struct worker *self = argument;
    struct generator random = seeded(300 + self->number);
    unsigned char *objects[OBJECTS];
    for (size_t i = 0; i < OBJECTS; i++) {
        objects[i] = keep(must(malloc(mixed_size(&random, 16, 1024))));
        objects[i][0] = (unsigned char)(i + self->number);
    }
    for (size_t i = 0; i < OBJECTS; i++) {
        self->sum += objects[i][0];
        free(objects[i]);
    }
    return NULL;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    size_t threads = setting("threads", 12000);
    size_t at_once = setting("at_once", 8);
    settings_done();

    struct worker *workers = must(calloc(at_once, sizeof *workers));
    uint64_t sum = 0;
    for (size_t started = 0; started < threads; started += at_once) {
        for (size_t i = 0; i < at_once; i++) {
            workers[i].number = started + i;
            workers[i].sum = 0;
            start_thread(&workers[i].thread, briefly, &workers[i]);
        }
        for (size_t i = 0; i < at_once; i++) {
            join_thread(workers[i].thread);
            sum += workers[i].sum;
        }
    }
    free(workers);
    report("checksum", sum);
    return 0;
}
