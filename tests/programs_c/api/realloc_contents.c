/* realloc keeps the bytes that both sizes have, in every direction. */
#include "check.h"

static int keeps(size_t from, size_t to) {
    unsigned char *p = malloc(from);
    for (size_t i = 0; i < from; i++)
        p[i] = (unsigned char)(i * 7 + from);
    p = realloc(p, to);
    if (!p || malloc_usable_size(p) < to)
        return 0;
    size_t common = from < to ? from : to;
    for (size_t i = 0; i < common; i++)
        if (p[i] != (unsigned char)(i * 7 + from))
            return 0;
    memset(p, 0x33, to);
    free(p);
    return 1;
}

int main(void) {
    static const size_t sizes[] = {1,     8,      15,     16,     17,     24,     25,      48,
                                   100,   104,    105,    112,    200,    1000,   4000,    4096,
                                   9000,  30000,  65536,  100000, 131064, 131072, 131096, 131097,  140000,
                                   262144, 500000, 1 << 20, 3 << 20, 20 << 20};
    const size_t count = sizeof sizes / sizeof *sizes;
    for (size_t i = 0; i < count; i++) {
        int good = 1;
        for (size_t j = 0; j < count; j++)
            good &= keeps(sizes[i], sizes[j]);
        SAY("realloc from %zu keeps the contents: %s", sizes[i], yes_no(good));
    }

    /* A buffer that grows as programs grow them, then shrinks the same way. */
    size_t size = 1, filled = 0;
    unsigned char *p = NULL;
    int good = 1;
    for (; size < (64u << 20); size = size + size / 2 + 1) {
        p = realloc(p, size);
        good &= p != NULL && (filled == 0 || (p[0] == 9 && p[filled - 1] == 9));
        memset(p + filled, 9, size - filled);
        filled = size;
    }
    for (; size > 1; size /= 3) {
        p = realloc(p, size);
        good &= p != NULL && (size > filled || is_filled(p, 9, size));
    }
    free(p);
    SAY("growing to 64 MiB and back keeps the contents: %s", yes_no(good));

    uint64_t state = 99;
    p = NULL;
    size = 0;
    good = 1;
    for (int i = 0; i < 20000; i++) {
        size_t next = random_size(&state) + 1;
        p = realloc(p, next);
        good &= is_filled(p, 4, size < next ? size : next);
        memset(p, 4, next);
        size = next;
    }
    free(p);
    SAY("20,000 random steps keep the contents: %s", yes_no(good));
}
