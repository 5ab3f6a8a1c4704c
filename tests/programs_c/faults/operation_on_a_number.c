/* A number that is no address is passed to a function, as the program's first call.
 * Arguments: the function and the number. */
#include "operation.h"

int main(int argc, char **argv) {
    void *const number = (void *)number_argument(argv, 2);
    find_operation(argv[1]);
    MISUSE(number);
    operate(argv[1], launder(number), 64);
    SURVIVED;
}
