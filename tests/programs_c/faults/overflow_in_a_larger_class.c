/* The class of a block is used up, and larger ones serve it: it is known all the same how much was asked for. One
 * byte is written past its end. Arguments: its size; how many are allocated. */
#include "fault.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1), count = number_argument(argv, 2);
    char *p = NULL;
    for (size_t i = 0; i < count; i++) {
        CHECK(p = launder(malloc(size)));
        CHECK(malloc_usable_size(p) == size);
    }
    MISUSE(p);
    p[size] ^= 0x55;
    free(p);
    SURVIVED;
}
