/* A byte of a freed block is changed; whoever gets the block next finds it. Arguments: the
 * size and the byte's place. */
#include "fault.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1), place = number_argument(argv, 2);
    char *p = launder(malloc(size));
    free(p);
    MISUSE(p);
    p[place] ^= 'A';
    wait_for_reuse(size);
    SURVIVED;
}
