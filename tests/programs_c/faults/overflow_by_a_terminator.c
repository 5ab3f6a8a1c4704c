/* The end of a string is written one past a block. Argument: the size. */
#include "fault.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1);
    char *p = launder(malloc(size));
    MISUSE(p);
    memset(p, 'A', size);
    p[size] = 0;
    free(p);
    SURVIVED;
}
