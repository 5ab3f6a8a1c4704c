/* What a block contains never decides what it is: no pattern in it stops the program. */
#include "check.h"

int main(void) {
    for (size_t size = 1; size < 5000; size = size * 3 / 2 + 1) {
        static const int patterns[] = {0x00, 0xff, 0x2a, 0x17, 0xde, 0x01, 0x80};
        for (size_t k = 0; k < sizeof patterns / sizeof *patterns; k++) {
            char *p = malloc(size), *q = malloc(size);
            memset(p, patterns[k], size);
            /* A copy of a freed block's bytes, and pointers to itself. */
            char copy[5000];
            free(q);
            memcpy(copy, p, size);
            for (size_t i = 0; i + 8 <= size; i += 8)
                memcpy(p + i, &p, 8);
            free(p);
            p = malloc(size);
            memcpy(p, copy, size);
            free(p);
        }
    }
    SAY("no pattern mattered: yes");
}
