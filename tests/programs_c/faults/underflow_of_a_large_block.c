/* One byte before a large block is written. Argument: the size. */
#include "fault.h"

int main(int argc, char **argv) {
    char *p = launder(malloc(number_argument(argv, 1)));
    MISUSE(p);
    p[-1] = 'A';
    free(p);
    SURVIVED;
}
