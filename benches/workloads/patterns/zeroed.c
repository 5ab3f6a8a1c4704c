/* Takes everything from calloc and reads it before writing it: runtimes and
 * parsers that rely on zeroed records, and now and then a sparse table that is
 * mostly never touched. */
#include "support.h"

static uint64_t words_summed(const uint64_t *words, size_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum |= words[i];
    }
    return sum;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    size_t operations = setting("operations", 2000000);
    size_t live = setting("live", 1000);
    size_t minimum = setting("minimum", 16);
    size_t maximum = setting("maximum", 2048);
    size_t sparse_every = setting("sparse_every", 4096);
    struct generator random = seeded(setting("seed", 6));
    settings_done();

    uint64_t **records = must(calloc(live, sizeof *records));
    uint64_t sum = 0;
    for (size_t i = 0; i < operations; i++) {
        size_t place = below(&random, live);
        free(records[place]);
        size_t words = (mixed_size(&random, minimum, maximum) + 7) / 8;
        records[place] = keep(must(calloc(words, 8)));
        if (words_summed(records[place], words) != 0) {
            fail("calloc returned memory that is not zero");
        }
        memset(records[place], 0xa5, words * 8);
        sum += records[place][words / 2] ^ words;
        if (i % sparse_every == 0) {
            unsigned char *sparse = keep(must(calloc(1, MIB)));
            for (size_t touch = 0; touch < 4; touch++) {
                sum += ++sparse[below(&random, MIB / 4) + touch * MIB / 4];
            }
            free(sparse);
        }
    }
    for (size_t i = 0; i < live; i++) {
        free(records[i]);
    }
    free(records);
    report("checksum", sum);
    return 0;
}
