/* A byte is written some way behind a request, with untouched bytes in between; found when
 * the block is freed or when its slot is used again. Arguments: the size and the distance. */
#include "fault.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1), distance = number_argument(argv, 2);
    char *p = launder(malloc(size));
    MISUSE(p);
    p[size + distance] ^= 'A';
    free(p);
    wait_for_reuse(size);
    SURVIVED;
}
