/* One large block at a time, used as a whole: the next one gets the pages of the one before, wiped. Used at its front only,
 * those of its front. */
#include "check.h"

enum { ROUNDS = 40, LEARNING = 4, BYTES = 10 << 20, PAGE = 4096 };

int main(void) {
    const size_t written[] = {BYTES, BYTES / 10};
    for (int way = 0; way < 2; way++) {
        long before = 0;
        for (int round = 0; round < ROUNDS; round++) {
            if (round == LEARNING)
                before = page_faults();
            char *const block = malloc(BYTES);
            CHECK(block && is_filled(block, 0, BYTES / 10));
            memset(block, 1, written[way]);
            free(block);
        }
        CHECK(page_faults() - before < (long)(written[way] / PAGE * (ROUNDS - LEARNING) / 4));
    }
    return 0;
}
