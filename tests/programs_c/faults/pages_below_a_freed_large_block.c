/* A large block is filled and freed, and a shorter one allocated and freed without being used. Argument:
 * the longer size. Says how many of the pages before the end of the shorter one can be read afterwards. */
#include "fault.h"
#include <stdint.h>
#include <unistd.h>

enum { PAGE = 4096, ROUNDS = 8, REACH = 2 << 20 };

static int pipe_ends[2];

static int is_readable(const char *at) {
    char byte;
    return write(pipe_ends[1], at, 1) == 1 && read(pipe_ends[0], &byte, 1) == 1;
}

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1);
    size_t open = 0;
    if (pipe(pipe_ends))
        return 1;
    for (int round = 0; round < ROUNDS; round++) {
        char *longer = launder(malloc(size));
        memset(longer, 'S', size);
        free(longer);
        char *shorter = launder(malloc(size / 2));
        char *end = shorter + size / 2;
        free(shorter);
        for (char *at = end - PAGE; at > end - REACH; at -= PAGE)
            open += is_readable(at);
    }
    say_number("open", open);
    _exit(0);
}
