/* The filter does kill: one call that is not on its list. */
#include "filter.h"

int main(void) {
    FILTER_OF(filter, ALLOCATOR_CALLS, PROGRAM_CALLS);
    INSTALL(filter);
    syscall(SYS_getpid);
    _exit(0);
}
