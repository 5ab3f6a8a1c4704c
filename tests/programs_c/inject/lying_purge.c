/* Pages that are said to be dropped stay with all that is in them, as under a filter that answers every
 * madvise with 0. Nobody may find in new memory what another wrote. */
#include "workload.h"

enum { SMALL = 20000, LARGE = 24, TURNS = 6 };

static struct owned small[SMALL], large[LARGE];

/* Whole slabs of used slots, freed. */
static void use_small(size_t size) {
    for (int i = 0; i < SMALL; i++) {
        small[i] = (struct owned){malloc(size), size, 0};
        CHECK(small[i].words && is_filled(small[i].words, 0, size));
        paint(&small[i]);
    }
    for (int i = 0; i < SMALL; i++)
        drop(&small[i]);
}

/* Blocks that end at no frame: theirs are the pages that wait where they are. */
static void use_large(size_t size) {
    for (int i = 0; i < LARGE; i++) {
        large[i] = (struct owned){i % 2 ? malloc(size) : calloc(1, size), size, 0};
        CHECK(large[i].words && is_filled(large[i].words, 0, size));
        paint(&large[i]);
        grow(&large[i], size + 40000);
        CHECK(is_aligned(large[i].words, 16));
    }
    for (int i = 0; i < LARGE; i++)
        drop(&large[i]);
}

/* Blocks that grow, each right after another was freed: their pages wait for the next. */
static void use_grown(size_t size) {
    for (int i = 0; i < LARGE; i++) {
        unsigned char *block = malloc(size);
        CHECK(block);
        memset(block, 0x5a, size);
        CHECK((block = realloc(block, 2 * size)) != NULL);
        CHECK(is_filled(block + size, 0, size));
        memset(block, 0x5a, 2 * size);
        free(block);
    }
}

int main(int argc, char **argv) {
    (void)argc;
    install(argv);
    begin((struct plan){.kinds = 1u << 2, .error = 0, .when = FROM_THE_NTH, .n = 1, .purges = 1});
    for (int turn = 0; turn < TURNS; turn++) {
        use_small(100);
        use_small(1000);
        use_large(200000);
        malloc_trim(0);
        use_grown(200000);
        malloc_trim(0);
        use_grown(200000);
    }
    workload(3);
    end();
    all_is_well();
    dprintf(1, "%lu of %lu purges did nothing\n", tally->failed[2], tally->seen[2]);
    CHECK(tally->failed[2] > 20);
    return 0;
}
