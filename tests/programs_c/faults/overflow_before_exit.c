/* A byte behind a block is changed and the program ends without freeing it. Argument: the
 * size. */
#include "fault.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1);
    char *p = launder(malloc(size));
    MISUSE(p);
    p[size] ^= 'A';
    return 0;
}
