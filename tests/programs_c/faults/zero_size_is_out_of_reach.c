/* A block of no bytes is read or written. Arguments: read or write; the alignment. */
#include "fault.h"

int main(int argc, char **argv) {
    CHECK(argc > 1);
    const size_t align = number_argument(argv, 2);
    char *p = launder(align ? memalign(align, 0) : malloc(0));
    char *q = launder(align ? aligned_alloc(align, 0) : malloc(0));
    CHECK(p && q && p != q);
    say_number("usable", malloc_usable_size(p));
    CHECK(align == 0 || ((uintptr_t)p % align == 0 && (uintptr_t)q % align == 0));
    void *many[3000];
    for (int i = 0; i < 3000; i++)
        CHECK(posix_memalign(&many[i], align ? align : 8, 0) == 0 && many[i] != many[(i + 1) % 3000]);
    for (int i = 0; i < 3000; i++)
        free(many[i]);
    MISUSE(p);
    if (strcmp(argv[1], "read") == 0)
        say_number("found", *(volatile unsigned char *)p);
    else
        *(volatile char *)p = 1;
    SURVIVED;
}
