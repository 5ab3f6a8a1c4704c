/* A global variable that looks like a block of glibc's, size word and all, is passed to a
 * function. Argument: the function. */
#include "operation.h"

static size_t forged[16] __attribute__((aligned(16)));

int main(int argc, char **argv) {
    find_operation(argv[1]);
    free(malloc(1));
    forged[1] = 0x41;
    forged[9] = 0x41;
    MISUSE(forged + 2);
    operate(argv[1], launder(forged + 2), 0x38);
    SURVIVED;
}
