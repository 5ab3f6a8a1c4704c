/* An address some way behind a block, where none ever was, is passed to a function.
 * Arguments: the function, the block's size and the distance. */
#include "operation.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 2), distance = number_argument(argv, 3);
    find_operation(argv[1]);
    char *p = launder(malloc(size));
    MISUSE(p + distance);
    operate(argv[1], p + distance, size);
    SURVIVED;
}
