/* Large blocks, each filled with zeros and replaced: those that come later get pages that others left, though nothing tells
 * those from pages that nobody touched. */
#include "check.h"

enum { LIVE = 8, LEAST = 3 << 20, MOST = 6 << 20, ROUNDS = 600, LEARNING = 300, PAGES_EACH = 400 };

int main(void) {
    uint64_t state = 1;
    char *blocks[LIVE] = {0};
    long before = 0;
    for (int round = 0; round < ROUNDS; round++) {
        if (round == LEARNING)
            before = page_faults();
        char **const block = &blocks[next_random(&state) % LIVE];
        free(*block);
        const size_t size = LEAST + next_random(&state) % (MOST - LEAST);
        *block = malloc(size);
        CHECK(*block);
        memset(*block, 0, size);
    }
    CHECK(page_faults() - before < (ROUNDS - LEARNING) * PAGES_EACH);
    return 0;
}
