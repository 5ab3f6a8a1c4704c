/* A block is freed again after others were allocated and freed; none of those got its
 * address. Argument: the size. */
#include "fault.h"

enum { OTHERS = 3 };

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1);
    char *p = launder(malloc(size));
    void *other[OTHERS];
    for (int i = 0; i < OTHERS; i++)
        other[i] = malloc(size);
    free(p);
    for (int i = 0; i < OTHERS; i++)
        free(other[i]);
    MISUSE(p);
    free(p);
    SURVIVED;
}
