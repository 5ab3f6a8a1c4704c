/* One long block after another, of which three pages are written, far apart: at a half, at a quarter, and in front. The
 * next one gets no pages that nobody wrote to. */
#include "check.h"

enum { BYTES = 16 << 20, ROUNDS = 20, PAGES_EACH = 100 };

int main(void) {
    const long before = page_faults();
    for (int round = 0; round < ROUNDS; round++) {
        char *const block = malloc(BYTES);
        CHECK(block && !block[BYTES / 2] && !block[BYTES / 4] && !block[0]);
        block[BYTES / 2] = block[BYTES / 4] = block[0] = 1;
        free(block);
    }
    CHECK(page_faults() - before < ROUNDS * PAGES_EACH);
    return 0;
}
