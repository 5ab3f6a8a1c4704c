/* Large blocks, each filled with zeros and replaced: most that come later get pages that others left, though nothing tells
 * those from pages that nobody touched. When blocks stay untouched again, none are made for them. */
#include "check.h"

enum { LIVE = 8, LEAST = 4 << 20, MOST = 8 << 20, PAGE = 4096, FILLED = 2000, LAST = 600, UNTOUCHED = 2000, PAGES_EACH = 8 };

static uint64_t state = 1;
static char *blocks[LIVE];

/* Bytes of the blocks that took the places of others. */
static size_t replace(int count, int fill) {
    size_t bytes = 0;
    for (int i = 0; i < count; i++) {
        char **const block = &blocks[next_random(&state) % LIVE];
        free(*block);
        const size_t size = LEAST + next_random(&state) % (MOST - LEAST);
        *block = malloc(size);
        CHECK(*block);
        if (fill)
            memset(*block, 0, size);
        bytes += size;
    }
    return bytes;
}

int main(void) {
    const long before = page_faults();
    const size_t filled = replace(FILLED, 1);
    CHECK(page_faults() - before < (long)(filled / PAGE * 3 / 4));
    replace(UNTOUCHED - LAST, 0);
    const long between = page_faults();
    replace(LAST, 0);
    CHECK(page_faults() - between < LAST * PAGES_EACH);
    return 0;
}
