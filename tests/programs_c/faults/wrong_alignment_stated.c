/* A block is given back with an alignment that it was not given. Arguments: the function, the size and the
 * alignment stated; "any" if the block may happen to be aligned so. */
#include "operation.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 2), stated = number_argument(argv, 3);
    find_operation(argv[1]);
    char *p;
    /* The first free of a size goes another way than the others. */
    for (int i = 0; i < 100; i++)
        free(launder(malloc(size)));
    do
        p = launder(malloc(size));
    while ((uintptr_t)p % stated == 0 && argc == 4);
    MISUSE(p);
    operate_aligned(argv[1], p, size, stated);
    SURVIVED;
}
