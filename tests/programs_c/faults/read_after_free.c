/* A freed block is read. Argument: the size. Says how many of its bytes are still there. */
#include "fault.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1);
    char *p = launder(malloc(size));
    memset(p, 'S', size);
    free(p);
    MISUSE(p);
    size_t stale = 0;
    for (size_t i = 0; i < size; i++)
        stale += *(volatile char *)(p + i) == 'S';
    say_number("stale", stale);
    _exit(0);
}
