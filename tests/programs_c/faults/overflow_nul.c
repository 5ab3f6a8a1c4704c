/* A string's end is written one past a block that fills its slot. The argument is the
 * size. */
#include "fault.h"

int main(int argc, char **argv) {
    const size_t size = argc > 1 ? atoi(argv[1]) : 24;
    char *p = launder(malloc(size));
    MISUSE;
    memset(p, 'A', size);
    p[size] = 0;
    free(p);
    SURVIVED;
}
