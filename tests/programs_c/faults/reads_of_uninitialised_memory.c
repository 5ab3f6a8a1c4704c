/* Says the byte that new memory is filled with, fresh and used before, small and large; 256
 * if it is not one byte throughout. */
#include "fault.h"

static unsigned byte_of(size_t size) {
    unsigned char *p = launder(malloc(size));
    CHECK(p);
    for (size_t i = 1; i < size; i++)
        if (p[i] != p[0])
            return 256;
    const unsigned byte = p[0];
    memset(p, 'S', size);
    free(p);
    return byte;
}

int main(void) {
    static const size_t sizes[] = {16, 24, 100, 1000, 4097, 20000, 102400, 200001, 1 << 20};
    const unsigned byte = byte_of(1);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int round = 0; round < 1000; round += sizes[i] > 5000 ? 100 : 1)
            CHECK(byte_of(sizes[i]) == byte);
    CHECK(is_filled(calloc(100, 10), 0, 1000));
    say_number("byte", byte);
    _exit(0);
}
