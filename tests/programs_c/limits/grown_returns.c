/* Blocks that realloc lets grow: their pages are kept when they are freed if the next one grows at once, which
 * sees nothing of what they held, also when it is shorter or grows on beyond; else they go back. */
#include "../../../include/starmalloc.h"
#include "check.h"

#pragma weak starmalloc_stats

enum { MOST = 3 << 20 };

static unsigned long long kept(void) {
    struct starmalloc_statistics all;
    CHECK(starmalloc_stats(&all, sizeof all) == sizeof all);
    return all.retained_bytes;
}

static void grow_to(size_t most, size_t step) {
    char *block = NULL;
    for (size_t size = 1000, before = 0; size <= most; before = size, size += step ? step : size / 2) {
        CHECK((block = realloc(block, size)) != NULL);
        for (size_t i = before; i < size; i++)
            CHECK(block[i] == 0);
        memset(block + before, 0x5a, size - before);
        /* Pages that are cut off come back empty. */
        if (size > most / 2) {
            CHECK((block = realloc(block, size / 2)) != NULL && (block = realloc(block, size)) != NULL);
            for (size_t i = size / 2; i < size; i++)
                CHECK(block[i] == 0);
            memset(block + size / 2, 0x5a, size - size / 2);
        }
    }
    free(block);
}

/* A block of malloc that grows, with others beside it. */
static void grow_from(size_t first, size_t last) {
    char *block = memset(malloc(first), 0x5a, first), *other = memset(malloc(first), 0x5b, first);
    CHECK((block = realloc(block, last)) != NULL);
    for (size_t i = 0; i < last; i++)
        CHECK(block[i] == (i < first ? 0x5a : 0));
    for (size_t i = 0; i < first; i++)
        CHECK(other[i] == 0x5b);
    memset(block, 0x5c, last);
    free(other);
    free(block);
}

int main(void) {
    usleep(100000);
    grow_to(700000, 0);
    CHECK(kept() == 0);
    uint64_t state = 3;
    unsigned long long most = 0;
    for (int i = 0; i < 200; i++) {
        grow_to(200000 + next_random(&state) % MOST, i % 4 ? 0 : 100000);
        most = kept() > most ? kept() : most;
    }
    CHECK(most > 500000 && most < 24 << 20);
    for (int i = 0; i < 200; i++) {
        const size_t first = 150000 + next_random(&state) % MOST;
        grow_from(first, first + 1 + next_random(&state) % MOST);
    }
    usleep(200000);
    grow_to(700000, 0);
    grow_to(700000, 0);
    usleep(1500000);
    free(malloc(300000));
    CHECK(kept() == 0);
    /* Blocks that malloc gave keep theirs. */
    free(memset(malloc(700000), 1, 700000));
    CHECK(kept() >= 700000);
}
