/* 64 MiB in blocks of 40 sizes in turn, each got after many others of its size came and went: what comes back from
 * quarantine is what the next ones get. */
#include "check.h"

enum { SIZES = 40, TOGETHER = 24, ALL = 64 << 20 };

int main(void) {
    size_t held = 0;
    while (held < ALL) {
        for (size_t i = 1; i <= SIZES && held < ALL; i++) {
            void *block[TOGETHER];
            for (int k = 0; k < TOGETHER; k++)
                CHECK(block[k] = launder(malloc(i * 16 - 8)));
            held += i * 16 - 8;
            for (int k = 1; k < TOGETHER; k++)
                free(block[k]);
        }
    }
    return 0;
}
