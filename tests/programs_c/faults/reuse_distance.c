/* Says how many pairs of malloc and free it takes until a freed address is handed out again.
 * Argument: the size. */
#include "fault.h"
#include "reuse.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1);
    /* The heap has some life behind it. */
    static void *live[2000];
    const int count = enough_blocks(size) / 2;
    for (int i = 0; i < count; i++)
        live[i] = malloc(size);
    for (int i = 0; i < count; i += 2)
        free(live[i]);
    char *const wanted = launder(malloc(size));
    free(wanted);
    say_number("pairs", pairs_until(wanted, size, 400000));
    _exit(0);
}
