/* A block is freed, a request is refused, and more blocks are allocated: says how many of them, until one is the freed one,
 * or all. Arguments: the size, and that of the request. */
#include "fault.h"

int main(int argc, char **argv) {
    enum { WARM = 100, MOST = 1500 };
    const size_t size = number_argument(argv, 1);
    static void *live[WARM];
    for (int i = 0; i < WARM; i++)
        live[i] = malloc(size);
    for (int i = 0; i < WARM; i += 2)
        free(live[i]);
    char *const wanted = launder(malloc(size));
    free(wanted);
    if (launder(malloc(number_argument(argv, 2))))
        return 1;
    int count = 0;
    while (count < MOST && launder(malloc(size)) != wanted)
        count++;
    say_number("blocks", count);
    return 0;
}
