/* A freed large block is written after another of its size was allocated. Argument: the
 * size. */
#include "fault.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1);
    char *p = launder(malloc(size));
    free(p);
    char *q = launder(malloc(size));
    CHECK(q != p);
    MISUSE(p);
    p[size / 2] = 'A';
    free(q);
    SURVIVED;
}
