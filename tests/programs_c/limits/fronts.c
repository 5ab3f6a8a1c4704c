/* Large blocks of which the front is used, replaced at random: a freed one is out of reach, what the next one gets is zero,
 * and it has pages where it is likely to be used. */
#include "check.h"

enum { LIVE = 16, LOOKS = 600, ROUNDS = 4000, PAGE = 4096, LEAST = 150000, MOST = 1000000 };

static int pipe_ends[2];

static int is_readable(const char *at) {
    char byte;
    return write(pipe_ends[1], at, 1) == 1 && read(pipe_ends[0], &byte, 1) == 1;
}

/* Says how many pages were written. */
static size_t replace_blocks(uint64_t seed, int rounds, int looks) {
    char *blocks[LIVE] = {0};
    size_t pages = 0;
    for (int round = 0; round < rounds; round++) {
        char **block = &blocks[next_random(&seed) % LIVE];
        const size_t size = LEAST + next_random(&seed) % (MOST - LEAST);
        const size_t front = size / 20 + next_random(&seed) % (size / 5);
        char *const freed = *block;
        free(freed);
        if (looks && freed)
            for (size_t at = 0; at < LEAST; at += LEAST / 9)
                CHECK(!is_readable(freed + at));
        CHECK((*block = malloc(size)) != NULL);
        CHECK(!looks || is_filled(*block, 0, size));
        memset(*block, 0x5a, front);
        pages += front / PAGE;
    }
    for (int i = 0; i < LIVE; i++)
        free(blocks[i]);
    return pages;
}

int main(void) {
    CHECK(pipe(pipe_ends) == 0);
    replace_blocks(11, LOOKS, 1);
    const long before = page_faults();
    const size_t pages = replace_blocks(12, ROUNDS, 0);
    CHECK((size_t)(page_faults() - before) < pages / 4 * 3);
    return 0;
}
