/* Bytes before a small block, whose neighbour below is in use, are written. The argument
 * is how many. */
#include "fault.h"

enum { COUNT = 4000, SLOT = 48 };

static int by_address(const void *a, const void *b) {
    const char *one = *(char *const *)a, *two = *(char *const *)b;
    return one < two ? -1 : one > two;
}

int main(int argc, char **argv) {
    const int bytes = argc > 1 ? atoi(argv[1]) : 1;
    static char *p[COUNT];
    for (int i = 0; i < COUNT; i++)
        p[i] = launder(malloc(SLOT - 8));
    qsort(p, COUNT, sizeof *p, by_address);
    int at = COUNT / 2;
    while (at < COUNT && p[at] - p[at - 1] != SLOT)
        at++;
    CHECK(at < COUNT);
    MISUSE;
    memset(p[at] - bytes, 'A', bytes);
    free(p[at]);
    SURVIVED;
}
