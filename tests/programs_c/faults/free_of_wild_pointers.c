/* Addresses all over the region that small blocks are in, of spans and arenas that were never used
 * too, are freed, one by one in children. Arguments: how many. Says how many were told to be never
 * allocated. */
#include "fault.h"
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    const size_t count = number_argument(argv, 1);
    const uintptr_t block = (uintptr_t)launder(malloc(64));
    size_t stopped = 0;
    for (size_t i = 1; i <= count; i++) {
        /* Steps of 13 GiB up and down; some end beyond the region. */
        const uintptr_t distance = (i / 2 * 13 << 30) + i * 65536;
        const uintptr_t wild = i % 2 ? block + distance : block - distance;
        const pid_t child = fork();
        if (child == 0) {
            free((void *)wild);
            malloc_usable_size((void *)wild);
            _exit(0);
        }
        int status;
        CHECK(waitpid(child, &status, 0) == child);
        stopped += WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
    }
    say_number("stopped", stopped);
    return 0;
}
