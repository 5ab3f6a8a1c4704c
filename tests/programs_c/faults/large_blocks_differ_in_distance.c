/* Large blocks of one size are allocated in a row. Says how many different distances there
 * are between one and the next. Argument: the size. */
#include "fault.h"

enum { COUNT = 33 };

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1);
    char *block[COUNT];
    ptrdiff_t distance[COUNT];
    int different = 0;
    for (int i = 0; i < COUNT; i++) {
        block[i] = launder(malloc(size));
        CHECK(block[i]);
        if (i == 0)
            continue;
        distance[i] = block[i] - block[i - 1];
        int is_new = 1;
        for (int j = 1; j < i; j++)
            is_new &= distance[j] != distance[i];
        different += is_new;
    }
    say_number("different", different);
    _exit(0);
}
