/* How soon a freed address comes again. */
#ifndef REUSE_H
#define REUSE_H

#include "fault.h"

/* Pairs of malloc and free of `size` bytes until `wanted` is handed out; `most` if it is not by then. */
static inline size_t pairs_until(const char *wanted, size_t size, size_t most) {
    size_t pairs = 0;
    for (; pairs < most; pairs++) {
        char *p = launder(malloc(size));
        if (p == wanted)
            break;
        free(p);
    }
    return pairs;
}

#endif
