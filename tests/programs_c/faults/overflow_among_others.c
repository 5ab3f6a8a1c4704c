/* As overflow_by_one_byte.c, after many blocks of the size came and went: the first of a class go other ways
 * through the library than all others. Arguments: the size, and the function. */
#include "operation.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1);
    CHECK(argc > 2);
    find_operation(argv[2]);
    for (int i = 0; i < 1000; i++)
        free(launder(malloc(size)));
    char *p = launder(malloc(size));
    MISUSE(p);
    p[size] ^= 'A';
    operate(argv[2], p, size);
    SURVIVED;
}
