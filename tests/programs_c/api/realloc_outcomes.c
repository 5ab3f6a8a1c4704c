/* Each way in which realloc may end that ends no program: a new block, none, the same, another, a refusal.
 * After each, what is in use is what it should be. */
#include "check.h"

static size_t in_use(void) {
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* In use since `before`: `size` bytes, and at most a tenth more. */
static int has(size_t before, size_t size) {
    const size_t now = in_use() - before;
    return now >= size && now <= size + size / 10;
}

static void outcomes(size_t size) {
    const size_t before = in_use();
    char *p = realloc(NULL, size);
    SAY("of NULL to %zu: %s", size, nullness(p));
    SAY("a new block of %zu: %s", size, yes_no(is_aligned(p, 16) && has(before, size)));

    memset(p, 3, size);
    char *same = realloc(p, size - 8);
    SAY("%zu shrunk by eight stays: %s", size, yes_no(same == p && is_filled(p, 3, size - 8)));

    errno = 0;
    void *none = realloc(p, (size_t)1 << 62);
    const int error = errno;
    SAY("%zu to more than there is: %s %s", size, nullness(none), errno_name(error));
    none = realloc(p, SIZE_MAX - 4096);
    SAY("%zu to more than there can be: %s", size, nullness(none));
    SAY("the block of %zu is whole: %s", size, yes_no(is_filled(p, 3, size - 8)));
    SAY("and in use: %s", yes_no(has(before, size - 8) && malloc_usable_size(p) >= size - 8));

    char *moved = realloc(p, size * 10);
    SAY("%zu to ten times that: %s", size, nullness(moved));
    SAY("it keeps what was there: %s", yes_no(is_filled(moved, 3, size - 8) && is_aligned(moved, 16)));
    SAY("and is all that is in use: %s", yes_no(has(before, size * 10)));

    SAY("%zu to nothing: %s", size, nullness(realloc(moved, 0)));
    SAY("nothing is in use: %s", yes_no(in_use() == before));
}

int main(void) {
    SAY("begin");
    static const size_t sizes[] = {5000, 20000, 300000, 3000000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        outcomes(sizes[i]);
}
