/* A large block is freed and others of its size are allocated and freed. Says after how many
 * its address comes back; 1 would be at once. Argument: the size. */
#include "fault.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1);
    char *const p = launder(malloc(size));
    free(p);
    size_t turns = 1;
    for (; turns < 200; turns++) {
        char *q = launder(malloc(size));
        if (q == p)
            break;
        free(q);
    }
    say_number("turns", turns);
    _exit(0);
}
