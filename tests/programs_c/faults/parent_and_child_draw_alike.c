/* After a fork, parent and child each allocate 32 blocks. Says how many of the child's
 * addresses are the parent's in the same place of the row, and how many are the parent's in
 * any place. Arguments: the size; how many blocks there are before; which part of them is freed: every so
 * many-th, or none for 0. */
#include "fault.h"
#include <sys/mman.h>
#include <sys/wait.h>

enum { COUNT = 32 };

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1);
    char **child = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char *parent[COUNT];
    const size_t before = number_argument(argv, 2);
    char **old = malloc(before * sizeof *old);
    for (size_t i = 0; i < before; i++)
        old[i] = launder(malloc(size));
    const size_t part = number_argument(argv, 3);
    for (size_t i = 0; part && i < before; i += part)
        free(old[i]);
    const pid_t id = fork();
    CHECK(id >= 0);
    char **mine = id == 0 ? child : parent;
    for (int i = 0; i < COUNT; i++)
        mine[i] = launder(malloc(size));
    if (id == 0)
        _exit(0);
    CHECK(waitpid(id, NULL, 0) == id);
    int in_place = 0, anywhere = 0;
    for (int i = 0; i < COUNT; i++) {
        in_place += child[i] == parent[i];
        for (int j = 0; j < COUNT; j++)
            anywhere += child[i] == parent[j];
    }
    say_number("in_place", in_place);
    say_number("anywhere", anywhere);
    _exit(0);
}
