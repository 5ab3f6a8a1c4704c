/* A foreign pointer is freed under a filter that allows what a report needs, or nothing but an
 * allocator's calls and `write`. Argument: everything, or nothing else. */
#include "filter.h"

static long global[8];

int main(int argc, char **argv) {
    free(launder(malloc(1)));
    CHECK(argc > 1);
    if (strcmp(argv[1], "everything") == 0) {
        FILTER_OF(filter, ALLOCATOR_CALLS, REPORT_CALLS);
        INSTALL(filter);
    } else {
        FILTER_OF(filter, ALLOCATOR_CALLS, PROGRAM_CALLS);
        INSTALL(filter);
    }
    free(launder(global));
    _exit(0);
}
