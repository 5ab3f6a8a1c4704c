/* The byte behind a request, which does not fill its slot, is written, and the slot is freed and used
 * again. Argument: the size. */
#include "fault.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1);
    MISUSE(NULL);
    for (int i = 0; i < 3; i++) {
        char *p = launder(malloc(size));
        p[size] ^= 'A';
        free(p);
        wait_for_reuse(size);
    }
    SURVIVED;
}
