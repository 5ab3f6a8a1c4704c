/* The very last byte of the slot is written; the argument is its size. */
#include "fault.h"

int main(int argc, char **argv) {
    const size_t slot = argc > 1 ? atoi(argv[1]) : 32;
    char *p = launder(malloc(slot - 8));
    MISUSE;
    p[slot - 1] ^= 0x41;
    free(p);
    SURVIVED;
}
