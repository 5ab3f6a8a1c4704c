/* After start-up one thread allocates hard under the filter. */
#include "filter.h"

int main(void) {
    FILTER_OF(filter, ALLOCATOR_CALLS, PROGRAM_CALLS);
    free(malloc(1));
    INSTALL(filter);
    work_hard(5);
    CHECK(write(1, "done\n", 5) == 5);
    _exit(0);
}
