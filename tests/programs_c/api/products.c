/* Products that overflow: NULL and ENOMEM, and the old block as it was. */
#include "check.h"

static void by_calloc(size_t count, size_t size) {
    errno = 0;
    void *p = calloc(count, size);
    SAY("calloc(%zx, %zx): %s %s", count, size, nullness(p), errno_name(errno));
    free(p);
}

static void by_reallocarray(size_t count, size_t size) {
    char *old = malloc(77);
    memset(old, 5, 77);
    errno = 0;
    char *p = reallocarray(old, count, size);
    SAY("reallocarray(%zx, %zx): %s %s", count, size, nullness(p), errno_name(errno));
    if (!p)
        SAY("reallocarray(%zx, %zx) kept the block: %s", count, size,
            yes_no(is_filled(old, 5, 77)));
    free(p ? p : old);
}

int main(void) {
    static const size_t pairs[][2] = {
        {SIZE_MAX, SIZE_MAX},         {SIZE_MAX, 2},
        {2, SIZE_MAX},                {SIZE_MAX / 2 + 1, 2},
        {(size_t)1 << 32, (size_t)1 << 32},
        {((size_t)1 << 32) + 1, (size_t)1 << 32},
        {SIZE_MAX / 3 + 1, 3},        {SIZE_MAX / 16 + 2, 16},
        {SIZE_MAX, 1},                {1, SIZE_MAX},
        {3, 7},                       {1000, 1000},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        by_calloc(pairs[i][0], pairs[i][1]);
        by_reallocarray(pairs[i][0], pairs[i][1]);
    }
}
