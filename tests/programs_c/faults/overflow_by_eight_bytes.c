/* Eight bytes past a block are overwritten. Argument: the size. */
#include "fault.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1);
    char *p = launder(malloc(size));
    MISUSE(p);
    memset(p + size, 'A', 8);
    free(p);
    SURVIVED;
}
