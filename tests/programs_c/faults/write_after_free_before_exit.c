/* A byte of a freed block is changed and the program ends before the block is used again.
 * Argument: the size. */
#include "fault.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1);
    char *p = launder(malloc(size));
    free(p);
    MISUSE(p);
    p[size / 2] ^= 'A';
    return 0;
}
