/* Something is written right behind all that malloc_usable_size allows. Arguments: the size,
 * and byte, terminator or word. */
#include "fault.h"

int main(int argc, char **argv) {
    char *p = launder(malloc(number_argument(argv, 1)));
    const size_t usable = malloc_usable_size(p);
    CHECK(argc > 2);
    memset(p, 'A', usable);
    MISUSE(p);
    if (strcmp(argv[2], "byte") == 0)
        p[usable] ^= 'A';
    else if (strcmp(argv[2], "terminator") == 0)
        p[usable] = 0;
    else
        memset(p + usable, 'A', 8);
    free(p);
    wait_for_reuse(usable);
    SURVIVED;
}
