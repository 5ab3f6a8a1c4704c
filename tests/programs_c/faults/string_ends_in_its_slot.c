/* A string without an end fills a block; reading it stops before the next block. Argument:
 * the size. Says how far behind the block the string goes. */
#include "fault.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1);
    for (int i = 0; i < 200; i++) {
        char *volatile p = launder(malloc(size));
        memset(p, 'A', size);
        const size_t length = strlen(p);
        CHECK(length >= size && length < size + 8);
        if (i == 0)
            say_number("beyond", length - size);
    }
    _exit(0);
}
