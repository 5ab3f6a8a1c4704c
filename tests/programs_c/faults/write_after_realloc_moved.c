/* The old address of a block that realloc moved is written. Argument: the size, of a small
 * block. */
#include "fault.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1);
    char *p = launder(malloc(size));
    char *moved = realloc(p, size * 8 + 64);
    CHECK(moved && moved != p);
    MISUSE(p);
    *(char *)launder(p) ^= 'A';
    wait_for_reuse(size);
    SURVIVED;
}
