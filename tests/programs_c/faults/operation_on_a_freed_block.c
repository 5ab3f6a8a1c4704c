/* A freed block is passed to a function. Arguments: the function and the size. */
#include "operation.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 2);
    find_operation(argv[1]);
    char *p = launder(malloc(size));
    free(p);
    MISUSE(p);
    operate(argv[1], p, size);
    SURVIVED;
}
