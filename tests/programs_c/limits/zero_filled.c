/* Large blocks, each filled with zeros and replaced: most that come later get pages that others left, though nothing tells
 * those from pages that nobody touched. */
#include "check.h"

enum { LIVE = 8, LEAST = 4 << 20, MOST = 8 << 20, PAGE = 4096, ROUNDS = 2000 };

int main(void) {
    uint64_t state = 1;
    char *blocks[LIVE] = {0};
    size_t bytes = 0;
    const long before = page_faults();
    for (int round = 0; round < ROUNDS; round++) {
        char **const block = &blocks[next_random(&state) % LIVE];
        free(*block);
        const size_t size = LEAST + next_random(&state) % (MOST - LEAST);
        *block = malloc(size);
        CHECK(*block);
        memset(*block, 0, size);
        bytes += size;
    }
    CHECK(page_faults() - before < (long)(bytes / PAGE * 3 / 4));
    return 0;
}
