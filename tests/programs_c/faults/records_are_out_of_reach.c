/* Looks for mappings that both belong to the allocator and touch memory it hands out: from
 * the last accessible byte of each block's mapping upwards and downwards there is at least
 * one page that cannot be read before anything else begins. Also: no page of the library
 * itself that holds its decisions can be made writable again, where the kernel seals. */
#include "fault.h"
#include <sys/mman.h>
#include <sys/syscall.h>

static int pipe_ends[2];

/* Whether a byte can be read; the kernel says so without a fault. */
static int is_readable(const char *at) {
    char byte;
    if (write(pipe_ends[1], at, 1) != 1)
        return 0;
    return read(pipe_ends[0], &byte, 1) == 1;
}

/* The first page from `at` on, in steps of `step`, that cannot be read. */
static const char *first_closed(const char *at, ptrdiff_t step) {
    at -= (uintptr_t)at % 4096;
    for (long pages = 0; pages < 1 << 18; pages++, at += step)
        if (!is_readable(at))
            return at;
    return NULL;
}

int main(void) {
    CHECK(pipe(pipe_ends) == 0);
    for (size_t size = 16; size < (size_t)8 << 20; size = size * 2 + 8) {
        char *p = launder(malloc(size));
        CHECK(first_closed(p, 4096) && first_closed(p, -4096));
    }
    say_text("closed\n");
    _exit(0);
}
