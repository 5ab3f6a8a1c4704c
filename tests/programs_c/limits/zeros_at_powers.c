/* Large blocks that are written but for a page at each power of two, as tables with such a pitch are: they keep their pages. */
#include "check.h"

enum { ROUNDS = 300, PAGES_EACH = 8, PAGE = 4096 };

static void use(size_t size, size_t pitch) {
    long before = 0;
    for (int round = 0; round < ROUNDS; round++) {
        if (round == ROUNDS / 4) {
            before = page_faults();
        }
        char *const block = malloc(size);
        CHECK(block);
        for (size_t page = 0; page < size / PAGE; page++) {
            memset(block + page * PAGE, page % pitch != 0, PAGE);
        }
        free(block);
    }
    CHECK(page_faults() - before < ROUNDS * PAGES_EACH);
}

int main(void) {
    use(2 << 20, 256);
    use(2 << 20, 64);
    use(1 << 20, 128);
    use(1 << 20, 32);
    use(512 << 10, 16);
    return 0;
}
