/* A process forks twice, and each child allocates 32 blocks. Says how many addresses of the second
 * are the first one's in the same place of the row. Argument: the size. */
#include "fault.h"
#include <sys/mman.h>
#include <sys/wait.h>

enum { COUNT = 32 };

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1);
    char **drawn = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(drawn != MAP_FAILED);
    for (int i = 0; i < 300; i++)
        launder(malloc(size));
    for (int child = 0; child < 2; child++) {
        const pid_t id = fork();
        CHECK(id >= 0);
        if (id == 0) {
            for (int i = 0; i < COUNT; i++)
                drawn[child * COUNT + i] = launder(malloc(size));
            _exit(0);
        }
        CHECK(waitpid(id, NULL, 0) == id);
    }
    int in_place = 0;
    for (int i = 0; i < COUNT; i++)
        in_place += drawn[i] == drawn[COUNT + i];
    say_number("in_place", in_place);
    _exit(0);
}
