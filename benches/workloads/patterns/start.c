/* Starts a program that does nothing, over and over: what the allocator adds
 * to every process of a shell script or a build. The children inherit the
 * preload; their times are part of the sample. */
#include "support.h"
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

int main(int argc, char **argv) {
    begin(argc, argv);
    size_t runs = setting("runs", 300);
    settings_done();

    static char path[] = "/bin/true";
    char *command[] = {path, NULL};
    uint64_t succeeded = 0;
    for (size_t i = 0; i < runs; i++) {
        pid_t pid;
        int status;
        if (posix_spawn(&pid, path, NULL, NULL, command, environ) != 0) {
            fail("cannot start /bin/true");
        }
        if (waitpid(pid, &status, 0) != pid) {
            fail("cannot wait for /bin/true");
        }
        succeeded += WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    if (succeeded != runs) {
        fail("/bin/true failed");
    }
    report("checksum", succeeded);
    return 0;
}
