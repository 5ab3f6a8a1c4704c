/* An address before or behind a large block, in what belongs to it, is passed to a function.
 * Arguments: the function, the block's size, the address's distance from the block's start (a number
 * that wraps around is before it) and `live` or `freed`. */
#include "operation.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 2), distance = number_argument(argv, 3);
    CHECK(argv[4]);
    find_operation(argv[1]);
    char *p = launder(malloc(size));
    CHECK(p);
    say_address("block", p);
    if (strcmp(argv[4], "freed") == 0)
        free(p);
    MISUSE(p + distance);
    operate(argv[1], p + distance, size);
    SURVIVED;
}
