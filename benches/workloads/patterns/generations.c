/* Each thread inherits its predecessor's objects, replaces some, and dies: a
 * server with a thread for every connection and a cache they all share. Memory
 * of the dead must be found again by the living. */
#include "support.h"

struct object {
    unsigned char *bytes;
    size_t size;
};

struct estate {
    struct object *objects;
    size_t live, operations, generation;
    uint64_t sum;
};

static void *live_a_life(void *argument) {
    struct estate *estate = argument;
    struct generator random = seeded(200 + estate->generation);
    for (size_t i = 0; i < estate->operations; i++) {
        struct object *object = &estate->objects[below(&random, estate->live)];
        if (object->bytes != NULL) {
            estate->sum += object->bytes[0] + object->bytes[object->size - 1];
            free(object->bytes);
        }
        object->size = mixed_size(&random, 16, 2048);
        object->bytes = keep(must(malloc(object->size)));
        object->bytes[0] = (unsigned char)i;
        object->bytes[object->size - 1] = (unsigned char)(i >> 8);
    }
    return NULL;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    size_t lines = setting("lines", 2); /* lines of descent at a time */
    size_t generations = setting("generations", 400);
    size_t live = setting("live", 5000);
    size_t operations = setting("operations", 5000);
    settings_done();

    struct estate *estates = must(calloc(lines, sizeof *estates));
    pthread_t *threads = must(calloc(lines, sizeof *threads));
    for (size_t i = 0; i < lines; i++) {
        estates[i].objects = must(calloc(live, sizeof(struct object)));
        estates[i].live = live;
        estates[i].operations = operations;
    }
    for (size_t generation = 0; generation < generations; generation++) {
        for (size_t i = 0; i < lines; i++) {
            estates[i].generation = generation * lines + i;
            start_thread(&threads[i], live_a_life, &estates[i]);
        }
        for (size_t i = 0; i < lines; i++) {
            join_thread(threads[i]);
        }
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < lines; i++) {
        sum += estates[i].sum;
        for (size_t j = 0; j < live; j++) {
            free(estates[i].objects[j].bytes);
        }
        free(estates[i].objects);
    }
    free(threads);
    free(estates);
    report("checksum", sum);
    return 0;
}
