/* The same block is freed twice in a row. Argument: its size. */
#include "fault.h"

int main(int argc, char **argv) {
    char *p = launder(malloc(number_argument(argv, 1)));
    free(p);
    MISUSE(p);
    free(p);
    SURVIVED;
}
