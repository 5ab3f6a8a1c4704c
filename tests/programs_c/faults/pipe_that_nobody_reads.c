/* Standard error is a pipe whose reader is gone, from the start of the process on, and SIGPIPE ends programs. What
 * the library says must not. Then a block is freed twice. */
#include "fault.h"
#include <signal.h>

int main(int argc, char **argv) {
    if (argc == 1) {
        int ends[2];
        CHECK(pipe(ends) == 0 && close(ends[0]) == 0 && dup2(ends[1], 2) == 2);
        signal(SIGPIPE, SIG_DFL);
        char *again[] = {argv[0], "again", NULL};
        execv("/proc/self/exe", again);
        CHECK(0);
    }
    char *p = launder(malloc(40));
    free(p);
    MISUSE(p);
    free(p);
    sigset_t set;
    CHECK(sigpending(&set) == 0 && !sigismember(&set, SIGPIPE));
    CHECK(sigprocmask(SIG_BLOCK, NULL, &set) == 0 && !sigismember(&set, SIGPIPE));
    say_text("survived\n");
    exit(0);
}
