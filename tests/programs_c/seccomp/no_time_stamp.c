/* A program that forbids itself the processor's time stamp, which precise clocks read, allocates hard. */
#include "filter.h"
#include <sys/prctl.h>

int main(void) {
    /* Of processors that have none to forbid, the call is refused. */
    prctl(PR_SET_TSC, PR_TSC_SIGSEGV);
    work_hard(5);
    CHECK(write(1, "done\n", 5) == 5);
    _exit(0);
}
