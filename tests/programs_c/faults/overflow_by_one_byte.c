/* One byte past the requested size is changed; the next function that gets the block finds
 * it. Arguments: the size, and the function. */
#include "operation.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1);
    CHECK(argc > 2);
    find_operation(argv[2]);
    char *p = launder(malloc(size));
    MISUSE(p);
    p[size] ^= 'A';
    operate(argv[2], p, size);
    SURVIVED;
}
