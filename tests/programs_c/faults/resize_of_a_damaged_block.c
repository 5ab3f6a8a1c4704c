/* A byte past a block is changed; then its size is asked for and changed. Argument: the size. */
#include "fault.h"
#include <malloc.h>

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1);
    unsigned char *p = launder(malloc(size));
    memset(p, 7, size);
    p[size] ^= 'A';
    say_number("usable", malloc_usable_size(p));
    unsigned char *q = realloc(p, size * 2);
    CHECK(q && q != p);
    for (size_t i = 0; i < size; i++)
        CHECK(q[i] == 7);
    memset(q, 8, size * 2);
    free(q);
    puts("same contents");
    return 0;
}
