/* An address inside a live block is passed to a function. Arguments: the function, the
 * block's size and the offset. */
#include "operation.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 2), offset = number_argument(argv, 3);
    find_operation(argv[1]);
    char *p = launder(malloc(size));
    MISUSE(p + offset);
    operate(argv[1], p + offset, size);
    SURVIVED;
}
