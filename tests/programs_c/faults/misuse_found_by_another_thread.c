/* The neighbourhood of a block is damaged by one thread and the block freed by another. Arguments:
 * overflow, underflow or size, and the size. */
#include "operation.h"
#include <pthread.h>

static const char *misuse;
static size_t size;

static int by_address(const void *a, const void *b) {
    const char *one = *(char *const *)a, *two = *(char *const *)b;
    return one < two ? -1 : one > two;
}

static void *frees(void *p) {
    if (strcmp(misuse, "size") == 0)
        operate("free_sized", p, size + 1);
    else
        free(p);
    return NULL;
}

int main(int argc, char **argv) {
    enum { MOST = 4000 };
    static char *p[MOST];
    pthread_t thread;
    CHECK(argc > 1);
    misuse = argv[1];
    size = number_argument(argv, 2);
    find_operation("free_sized");
    const int count = enough_blocks(size);
    for (int i = 0; i < count; i++)
        p[i] = launder(malloc(size));
    qsort(p, count, sizeof *p, by_address);
    /* The neighbours are those at the smallest distance there is. */
    size_t least = -1;
    int at = 0;
    for (int i = 1; i < count; i++)
        if ((size_t)(p[i] - p[i - 1]) < least)
            least = p[i] - p[i - 1], at = i;
    MISUSE(p[at]);
    if (strcmp(misuse, "overflow") == 0)
        p[at][size] ^= 'A';
    else if (strcmp(misuse, "underflow") == 0)
        p[at][-1] ^= 'A';
    pthread_create(&thread, NULL, frees, p[at]);
    pthread_join(thread, NULL);
    SURVIVED;
}
