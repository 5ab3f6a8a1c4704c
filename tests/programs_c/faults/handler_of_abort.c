/* The report stops in SIGABRT, and the program's handler for it may allocate, from the size
 * that was at fault too, and fork. errno is as it was. Argument: the size. */
#include "fault.h"
#include <signal.h>
#include <sys/wait.h>

static size_t size;

static void allocates(void) {
    for (size_t bytes = 1; bytes < 64 << 20; bytes *= 3)
        free(memset(malloc(bytes), 1, bytes));
    for (int i = 0; i < 1000; i++)
        free(malloc(size));
}

static void handler(int number) {
    CHECK(errno == 1234);
    allocates();
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        allocates();
        _exit(7);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7);
    allocates();
    say_text("handled\n");
}

int main(int argc, char **argv) {
    size = number_argument(argv, 1);
    signal(SIGABRT, handler);
    char *p = launder(malloc(size));
    free(p);
    MISUSE(p);
    errno = 1234;
    free(p);
    SURVIVED;
}
