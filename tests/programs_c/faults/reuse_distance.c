/* Says how many pairs of malloc and free it takes until a freed address is handed out again.
 * Arguments: the size; and that of a request meanwhile which is refused. */
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
    if (argc > 2 && launder(malloc(number_argument(argv, 2))))
        return 1;
    say_number("pairs", pairs_until(wanted, size, 400000));
    _exit(0);
}
