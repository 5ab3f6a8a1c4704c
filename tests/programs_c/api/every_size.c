/* Each size to 140,000 bytes: a block of that size can be had, starts at a multiple of 16 and can be written to
 * its end; its size is the one asked for, and it can be given back. */
#include "check.h"

enum { MOST = 140000, AT_ONCE = 7 };

static void *by_calloc(size_t size) { return calloc(1, size); }
static void *by_realloc(size_t size) { return realloc(NULL, size); }
static void *by_memalign(size_t size) { return memalign(64, size); }

static int works(void *(*allocate)(size_t), size_t alignment) {
    char *held[AT_ONCE] = {0};
    int good = 1;
    for (size_t size = 0; size <= MOST; size++) {
        char **place = &held[size % AT_ONCE];
        const size_t last = size - AT_ONCE;
        if (*place && last > 0)
            good &= (*place)[0] == (char)last && (*place)[last - 1] == (char)last;
        free(*place);
        char *p = *place = allocate(size);
        good &= p && is_aligned(p, alignment) && malloc_usable_size(p) >= size;
        if (size > 0 && good)
            p[0] = p[size - 1] = (char)size;
    }
    for (int i = 0; i < AT_ONCE; i++)
        free(held[i]);
    return good;
}

int main(void) {
    SAY("malloc of each size: %s", yes_no(works(malloc, 16)));
    SAY("calloc of each size: %s", yes_no(works(by_calloc, 16)));
    SAY("realloc of NULL to each size: %s", yes_no(works(by_realloc, 16)));
    SAY("memalign of each size: %s", yes_no(works(by_memalign, 64)));
}
