/* Holds 64 MiB in blocks of one size until it exits, the later half from another function. Arguments: the size
 * and the alignment. */
#include "check.h"

static void *early(size_t align, size_t size) {
    return launder(align ? memalign(align, size) : malloc(size));
}

static void *late(size_t align, size_t size) {
    return launder(align ? memalign(align, size) : malloc(size));
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    const size_t size = strtoull(argv[1], NULL, 0), align = strtoull(argv[2], NULL, 0);
    const size_t count = (64 << 20) / size;
    for (size_t i = 0; i < count; i++)
        CHECK(i < count / 2 ? early(align, size) : late(align, size));
    return 0;
}
