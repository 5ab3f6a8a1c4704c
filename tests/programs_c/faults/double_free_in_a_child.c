/* A block is freed before a fork and again in the child. Argument: the size. */
#include "fault.h"
#include <signal.h>
#include <sys/wait.h>

int main(int argc, char **argv) {
    char *p = launder(malloc(number_argument(argv, 1)));
    free(p);
    MISUSE(p);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        free(p);
        SURVIVED;
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    /* The child's end becomes this program's. */
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        raise(WTERMSIG(status));
    }
    _exit(WEXITSTATUS(status));
}
