/* Blocks are filled and freed, and new ones looked at. Argument: the size. Says how many
 * bytes of former owners the new ones show. */
#include "fault.h"

int main(int argc, char **argv) {
    enum { MOST = 4000 };
    static char *p[MOST];
    const size_t size = number_argument(argv, 1);
    const int count = size > 1 << 20 ? 3 : size > 100000 ? 16 : enough_blocks(size);
    size_t stale = 0;
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < count; i++) {
            p[i] = launder(malloc(size));
            for (size_t j = 0; j < size; j++)
                stale += p[i][j] == 'S';
            memset(p[i], 'S', size);
        }
        for (int i = 0; i < count; i++)
            free(p[i]);
    }
    say_number("stale", stale);
    _exit(0);
}
