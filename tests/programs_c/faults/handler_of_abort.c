/* The report stops in SIGABRT, and the program's handler for it may allocate. */
#include "fault.h"
#include <signal.h>

static void handler(int number) {
    (void)number;
    for (size_t size = 1; size < 1 << 20; size *= 3)
        free(memset(malloc(size), 1, size));
    CHECK(write(1, "handled\n", 8) == 8);
}

int main(void) {
    signal(SIGABRT, handler);
    char *p = launder(malloc(40));
    free(p);
    free(p);
    SURVIVED;
}
