/* A large block is filled and freed, and a shorter one allocated; wherever memory can be read below
 * it, it is looked at and written. Then longer blocks are looked at. Argument: the longer size. Says
 * how many pages were found, and how many bytes of former owners they and the longer blocks show. */
#include "fault.h"
#include <stdint.h>
#include <unistd.h>

enum { PAGE = 4096, ROUNDS = 8 };

static int pipe_ends[2];

static int is_readable(const char *at) {
    char byte;
    return write(pipe_ends[1], at, 1) == 1 && read(pipe_ends[0], &byte, 1) == 1;
}

static size_t count(const char *from, size_t len) {
    size_t found = 0;
    for (size_t i = 0; i < len; i++)
        found += from[i] == 'S';
    return found;
}

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1);
    size_t open = 0, below = 0, stale = 0;
    if (pipe(pipe_ends))
        return 1;
    for (int round = 0; round < ROUNDS; round++) {
        char *longer = launder(malloc(size));
        stale += count(longer, size);
        memset(longer, 'S', size);
        free(longer);
        char *shorter = launder(malloc(size / 2));
        memset(shorter, 'S', size / 2);
        char *page = (char *)((uintptr_t)shorter & -PAGE);
        for (size_t away = PAGE; away < size - size / 2; away += PAGE)
            if (is_readable(page - away)) {
                open++;
                below += count(page - away, PAGE);
                memset(page - away, 'S', PAGE);
            }
        free(shorter);
    }
    say_number("open", open);
    say_number("below", below);
    say_number("stale", stale);
    _exit(0);
}
