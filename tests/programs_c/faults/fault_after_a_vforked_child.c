/* A child made by vfork, which shares the parent's memory, commits a misuse; then the parent does. */
#include "fault.h"
#include <sys/wait.h>

int main(void) {
    char *p = launder(malloc(40));
    free(p);
    MISUSE(p);
    const pid_t child = vfork();
    if (child == 0) {
        free(p);
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
    free(p);
    SURVIVED;
}
