/* 50,000 random blocks from calloc are zero, however dirty the heap is. */
#include "check.h"

enum { BLOCKS = 50000, LIVE = 500 };

int main(void) {
    static char *live[LIVE];
    static size_t size[LIVE];
    uint64_t state = 42;
    int zero = 1;
    for (int i = 0; i < BLOCKS; i++) {
        int at = next_random(&state) % LIVE;
        if (live[at])
            memset(live[at], 0xa5, size[at]);
        free(live[at]);
        size[at] = random_size(&state);
        size_t part = next_random(&state) % 7 + 1;
        live[at] = calloc(size[at] / part + 1, part);
        size[at] = (size[at] / part + 1) * part;
        zero &= is_filled(live[at], 0, size[at]);
        memset(live[at], 0x5a, size[at]);
    }
    SAY("50,000 blocks from calloc are zero: %s", yes_no(zero));
}
