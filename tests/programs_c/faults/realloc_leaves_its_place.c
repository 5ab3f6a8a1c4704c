/* Says how often a large block that realloc moved left addresses that the very next one got a part of, beside other
 * blocks. Arguments: the size before and after. */
#include "fault.h"

enum { OTHERS = 300, MOVES = 200 };

int main(int argc, char **argv) {
    const size_t before = number_argument(argv, 1), after = number_argument(argv, 2);
    size_t moved = 0, taken = 0;
    for (int i = 0; i < OTHERS; i++)
        CHECK(launder(malloc(200000)));
    for (int i = 0; i < MOVES; i++) {
        char *const block = launder(malloc(before));
        const uintptr_t old = (uintptr_t)block;
        memset(block, 1, before);
        char *const grown = launder(realloc(block, after));
        char *const next = launder(malloc(before));
        if ((uintptr_t)grown != old) {
            moved++;
            taken += (uintptr_t)next < old + before && old < (uintptr_t)next + before;
        }
        free(next);
        free(grown);
    }
    say_number("moved", moved);
    say_number("taken", taken);
    _exit(0);
}
