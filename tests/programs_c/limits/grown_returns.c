/* Blocks that realloc lets grow to 700 KB leave no pages when they are freed: the next one grows in a mapping of
 * its own. Those of a block that malloc gave are kept. */
#include "../../../include/starmalloc.h"
#include "check.h"

#pragma weak starmalloc_stats

enum { LARGE = 700000 };

static unsigned long long kept(void) {
    struct starmalloc_statistics all;
    CHECK(starmalloc_stats(&all, sizeof all) == sizeof all);
    return all.retained_bytes;
}

int main(void) {
    char *block = NULL;
    for (size_t size = 1000, before = 0; size < LARGE; before = size, size += size / 2) {
        CHECK((block = realloc(block, size)) != NULL);
        memset(block + before, 1, size - before);
    }
    free(block);
    CHECK(kept() == 0);
    free(memset(malloc(LARGE), 1, LARGE));
    CHECK(kept() >= LARGE);
}
