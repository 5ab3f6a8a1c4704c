/* Blocks that stay, each allocated after two of eight times their length of which the front was used: they take no more
 * of a limited address space than others. */
#include "check.h"

enum { BLOCKS = 400, LONG = 24 << 20, SHORT = 3100 << 10, FRONT = 200000 };

int main(void) {
    for (int i = 0; i < BLOCKS; i++) {
        for (int j = 0; j < 2; j++) {
            char *const front = malloc(LONG);
            CHECK(front);
            memset(front, 1, FRONT);
            free(front);
        }
        char *const kept = malloc(SHORT);
        CHECK(kept);
        memset(kept, 1, FRONT);
    }
    return 0;
}
