/* Bytes before a block whose lower neighbour was freed are written. Arguments: the size and
 * how many bytes. */
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
    size_t least = -1;
    int at = 0;
    for (int i = 1; i < count; i++)
        if ((size_t)(p[i] - p[i - 1]) < least)
            least = p[i] - p[i - 1], at = i;
    free(p[at - 1]);
    MISUSE(p[at]);
    memset(p[at] - bytes, 'B', bytes);
    free(p[at]);
    SURVIVED;
}
