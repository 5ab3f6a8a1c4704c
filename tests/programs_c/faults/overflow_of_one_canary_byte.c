/* One of the eight bytes at the end of a slot is changed, whatever was there. Arguments: the
 * size of a request that leaves just those eight, and which of them. */
#include "fault.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1), which = number_argument(argv, 2);
    char *p = launder(malloc(size));
    MISUSE(p);
    p[size + which] ^= 1;
    free(p);
    SURVIVED;
}
