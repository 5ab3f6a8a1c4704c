/* Any power of two up to 2^30 as alignment, with any size. */
#include "check.h"

static const size_t sizes[] = {0,     1,      7,      16,     24,         48,        100,
                               1000,  4095,   4096,   4097,   16384,      65536,     100000,
                               131072, 131073, 200000, 1 << 20, (3 << 20) + 5};

static void *by_posix(size_t alignment, size_t size) {
    void *p = NULL;
    if (alignment < sizeof p)
        alignment = sizeof p;
    return posix_memalign(&p, alignment, size) == 0 ? p : NULL;
}

static int works(void *(*allocate)(size_t, size_t), size_t alignment) {
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t size = sizes[i];
        char *one = allocate(alignment, size), *two = allocate(alignment, size);
        if (!one || !two || one == two)
            return 0;
        if (!is_aligned(one, alignment) || !is_aligned(two, alignment))
            return 0;
        if (malloc_usable_size(one) < size)
            return 0;
        if (size) {
            memset(one, 1, size < 5000 ? size : 5000);
            one[size - 1] = 1;
            two[0] = two[size - 1] = 2;
            if (one[0] != 1 || one[size - 1] != 1)
                return 0;
        }
        free(one);
        /* An aligned block may be resized like any other. */
        char *grown = realloc(two, size + 100);
        if (!grown || (size && (grown[0] != 2 || grown[size - 1] != 2)))
            return 0;
        free(grown);
    }
    return 1;
}

int main(void) {
    for (int k = 0; k <= 30; k++) {
        size_t alignment = (size_t)1 << k;
        SAY("memalign at 2^%d works: %s", k, yes_no(works(memalign, alignment)));
        SAY("aligned_alloc at 2^%d works: %s", k, yes_no(works(aligned_alloc, alignment)));
        SAY("posix_memalign at 2^%d works: %s", k, yes_no(works(by_posix, alignment)));
    }
}
