/* One byte past the requested size is written, inside the slot; free finds it. The
 * argument is the size. */
#include "fault.h"

int main(int argc, char **argv) {
    const size_t size = argc > 1 ? atoi(argv[1]) : 100;
    char *p = launder(malloc(size));
    MISUSE;
    p[size] ^= 'A';
    free(p);
    SURVIVED;
}
