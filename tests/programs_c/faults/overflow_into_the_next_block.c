/* A copy of twice the block's size runs into whatever follows it; then all are freed.
 * Argument: the size. */
#include "fault.h"

int main(int argc, char **argv) {
    static char *p[4000];
    const size_t size = number_argument(argv, 1);
    const int count = enough_blocks(size);
    for (int i = 0; i < count; i++)
        p[i] = launder(malloc(size));
    MISUSE(p[count / 2]);
    memset(p[count / 2], 'A', 2 * size + 16);
    for (int i = 0; i < count; i++)
        free(p[i]);
    SURVIVED;
}
