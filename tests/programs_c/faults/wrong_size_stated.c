/* A block is given back with a size that is not its own. Arguments: the function, the size
 * and the size stated. */
#include "operation.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 2), stated = number_argument(argv, 3);
    find_operation(argv[1]);
    char *p = launder(malloc(size));
    MISUSE(p);
    operate(argv[1], p, stated);
    SURVIVED;
}
