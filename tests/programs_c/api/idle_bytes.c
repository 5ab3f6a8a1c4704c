/* What is freed is idle from then on, as mallinfo2 tells it, held back or not; others count something else. */
#include "../../../include/starmalloc.h"
#include "check.h"
#include <malloc.h>

#pragma weak starmalloc_stats

enum { COUNT = 2000, SIZE = 1000 };

int main(void) {
    if (!starmalloc_stats)
        return 0;
    static void *block[COUNT];
    for (int i = 0; i < COUNT; i++)
        CHECK(block[i] = malloc(SIZE));
    const size_t before = mallinfo2().fsmblks;
    for (int i = 0; i < COUNT; i++)
        free(block[i]);
    const size_t more = mallinfo2().fsmblks - before;
    dprintf(1, "%zu bytes more\n", more);
    CHECK(more >= COUNT * SIZE && more <= COUNT * SIZE / 4 * 5);
}
