/* The program's handler for SIGABRT forks, and the child commits a misuse: it is told as well. */
#include "fault.h"
#include <signal.h>
#include <sys/wait.h>

static void *block;

static void handler(int number) {
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        free(block);
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    say_text("handled\n");
}

int main(void) {
    signal(SIGABRT, handler);
    block = launder(malloc(40));
    free(block);
    MISUSE(block);
    free(block);
    SURVIVED;
}
