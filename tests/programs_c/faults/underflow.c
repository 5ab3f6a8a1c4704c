/* Bytes before a block whose lower neighbour is a block too are written. Arguments: the
 * size, how many bytes, and what is written, if not 'B's. */
#include "fault.h"

static int by_address(const void *a, const void *b) {
    const char *one = *(char *const *)a, *two = *(char *const *)b;
    return one < two ? -1 : one > two;
}

int main(int argc, char **argv) {
    enum { MOST = 4000 };
    static char *p[MOST];
    const size_t size = number_argument(argv, 1), bytes = number_argument(argv, 2);
    const int count = enough_blocks(size);
    for (int i = 0; i < count; i++)
        p[i] = launder(malloc(size));
    qsort(p, count, sizeof *p, by_address);
    /* The neighbour is the one at the smallest distance there is. */
    size_t least = -1;
    int at = 0;
    for (int i = 1; i < count; i++)
        if ((size_t)(p[i] - p[i - 1]) < least)
            least = p[i] - p[i - 1], at = i;
    MISUSE(p[at]);
    memset(p[at] - bytes, argc > 3 ? (int)number_argument(argv, 3) : 'B', bytes);
    free(p[at]);
    SURVIVED;
}
