/* The program's own first allocation of each size is made under the filter. */
#include "filter.h"

int main(void) {
    FILTER_OF(filter, ALLOCATOR_CALLS, PROGRAM_CALLS);
    INSTALL(filter);
    for (size_t size = 0; size < 64 << 20; size = size * 4 / 3 + 1)
        free(malloc(size));
    work_hard(9);
    CHECK(write(1, "done\n", 5) == 5);
    _exit(0);
}
