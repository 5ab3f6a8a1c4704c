/* Builds a collection and drops it whole, first to last as a queue or a vector
 * does, or last to first as nested scopes do. */
#include "support.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    size_t count = setting("count", 10000);
    size_t rounds = setting("rounds", 800);
    size_t minimum = setting("minimum", 16);
    size_t maximum = setting("maximum", 128);
    size_t reversed = setting("reversed", 0);
    struct generator random = seeded(setting("seed", 2));
    settings_done();

    unsigned char **objects = must(calloc(count, sizeof *objects));
    uint64_t sum = 0;
    for (size_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < count; i++) {
            objects[i] = keep(must(malloc(mixed_size(&random, minimum, maximum))));
            objects[i][0] = (unsigned char)(i + round);
        }
        for (size_t i = 0; i < count; i++) {
            unsigned char *object = objects[reversed ? count - 1 - i : i];
            sum = sum * 31 + object[0];
            free(object);
        }
    }
    free(objects);
    report("checksum", sum);
    return 0;
}
