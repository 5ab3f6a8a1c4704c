/* A global variable is passed to a function. Argument: the function. */
#include "operation.h"

static long global[8] __attribute__((aligned(16))) = {1};

int main(int argc, char **argv) {
    find_operation(argv[1]);
    free(malloc(1));
    MISUSE(global);
    operate(argv[1], launder(global), sizeof global);
    SURVIVED;
}
