/* Large blocks that nobody touches: they are not taken for written, which would have their pages made and wiped. */
#include "check.h"

enum { LIVE = 8, LEAST = 3 << 20, MOST = 6 << 20, ROUNDS = 600, PAGES_EACH = 8 };

int main(void) {
    uint64_t state = 1;
    char *blocks[LIVE] = {0};
    const long before = page_faults();
    for (int round = 0; round < ROUNDS; round++) {
        char **const block = &blocks[next_random(&state) % LIVE];
        free(*block);
        *block = malloc(LEAST + next_random(&state) % (MOST - LEAST));
        CHECK(*block);
    }
    CHECK(page_faults() - before < ROUNDS * PAGES_EACH);
    return 0;
}
