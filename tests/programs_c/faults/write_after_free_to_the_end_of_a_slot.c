/* A byte of a block that was freed and has left quarantine is changed; after that nothing is
 * freed any more, so that nothing but the slot's next use can find it. Arguments: the size and
 * the byte's place. */
#include "fault.h"

int main(int argc, char **argv) {
    enum { MOST = 4000 };
    static void *other[MOST];
    const size_t size = number_argument(argv, 1), place = number_argument(argv, 2);
    const int count = enough_blocks(size);
    char *p = launder(malloc(size));
    for (int i = 0; i < count; i++)
        other[i] = malloc(size);
    free(p);
    for (int i = 0; i < count; i++)
        free(other[i]);
    MISUSE(p);
    p[place] ^= 'A';
    for (int i = 0; i < 4 * count; i++)
        launder(malloc(size));
    SURVIVED;
}
