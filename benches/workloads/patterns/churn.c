/* Replaces random objects of a live set, as a program does whose objects have
 * unrelated lifetimes: caches, session tables, interpreters. */
#include "support.h"

struct object {
    unsigned char *bytes;
    size_t size;
};

int main(int argc, char **argv) {
    begin(argc, argv);
    size_t live = setting("live", 256);
    size_t operations = setting("operations", 10000000);
    size_t minimum = setting("minimum", 8);
    size_t maximum = setting("maximum", 512);
    size_t skewed = setting("skewed", 0); /* each doubling of the size half as often */
    size_t written = setting("written", 16); /* bytes filled in each; 0 fills all */
    struct generator random = seeded(setting("seed", 1));
    settings_done();

    struct object *objects = must(calloc(live, sizeof *objects));
    uint64_t sum = 0;
    for (size_t i = 0; i < operations; i++) {
        struct object *object = &objects[below(&random, live)];
        if (object->bytes != NULL) {
            sum += object->bytes[0] + object->bytes[object->size - 1] + object->size;
            free(object->bytes);
        }
        object->size = skewed ? skewed_size(&random, minimum, maximum)
                              : mixed_size(&random, minimum, maximum);
        object->bytes = keep(must(malloc(object->size)));
        size_t filled = written == 0 || written > object->size ? object->size : written;
        memset(object->bytes, (int)i, filled);
        object->bytes[object->size - 1] = (unsigned char)i;
    }
    for (size_t i = 0; i < live; i++) {
        sum += objects[i].size;
        free(objects[i].bytes);
    }
    free(objects);
    report("checksum", sum);
    return 0;
}
