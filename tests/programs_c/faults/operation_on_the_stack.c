/* A local variable is passed to a function. Argument: the function. */
#include "operation.h"

int main(int argc, char **argv) {
    long local[8] __attribute__((aligned(16))) = {0};
    find_operation(argv[1]);
    free(malloc(1));
    MISUSE(local);
    operate(argv[1], launder(local), sizeof local);
    SURVIVED;
}
