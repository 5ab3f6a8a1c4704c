/* Many live large blocks, replaced at random by others of other sizes: nearly each gets the addresses and the pages of
 * one that was freed, however short the blocks that those served before. */
#include "check.h"

enum { LIVE = 400, LEAST = 140000, MOST = 300000, ROUNDS = 6000, LEARNING = 1000, PAGES_EACH = 2 };

static uint64_t state = 1;

static char *written(void) {
    const size_t size = LEAST + next_random(&state) % (MOST - LEAST);
    char *const block = malloc(size);
    CHECK(block);
    memset(block, 1, size);
    return block;
}

int main(void) {
    char *blocks[LIVE];
    for (int i = 0; i < LIVE; i++)
        blocks[i] = written();
    long before = 0;
    for (int round = 0; round < ROUNDS; round++) {
        if (round == LEARNING)
            before = page_faults();
        char **const block = &blocks[next_random(&state) % LIVE];
        free(*block);
        *block = written();
    }
    CHECK(page_faults() - before < (ROUNDS - LEARNING) * PAGES_EACH);
    return 0;
}
