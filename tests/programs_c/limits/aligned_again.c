/* Blocks aligned to more than a page, one after another: the pages of those before serve the next ones, of as many as were
 * written as a whole, and of others at their front. */
#include "check.h"

enum { LIVE = 8, ROUNDS = 400, PAGES_EACH = 8 };

static void use(size_t align, size_t size, size_t written) {
    char *blocks[LIVE] = {0};
    long before = 0;
    for (int round = 0; round < ROUNDS; round++) {
        char **const block = &blocks[round % LIVE];
        if (round == ROUNDS / 4) {
            before = page_faults();
        }
        free(*block);
        *block = aligned_alloc(align, size);
        CHECK(*block && (uintptr_t)*block % align == 0);
        for (size_t at = 0; at < size; at += 4096) {
            CHECK((*block)[at] == 0);
        }
        memset(*block, round | 1, written);
        if (written < size) {
            /* Used at its front as well, which lies where no such alignment is. */
            char *const other = malloc(size - (64 << 10));
            CHECK(other);
            memset(other, 1, written);
            free(other);
        }
    }
    /* What was not written may have been looked at by the check above, which made a page of it. */
    CHECK(page_faults() - before < (long)ROUNDS * (PAGES_EACH + (long)((size - written) / 4096)));
    for (int i = 0; i < LIVE; i++) {
        free(blocks[i]);
    }
}

int main(void) {
    use(128 << 10, 256 << 10, 256 << 10);
    use(1 << 20, 1 << 20, 1 << 20);
    use(2 << 20, 2 << 20, 2 << 20);
    use(2 << 20, 2 << 20, 512 << 10);
    return 0;
}
