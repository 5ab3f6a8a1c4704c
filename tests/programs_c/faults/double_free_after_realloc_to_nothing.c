/* realloc to nothing frees; free does so again. Argument: the size. */
#include "fault.h"

int main(int argc, char **argv) {
    char *p = launder(malloc(number_argument(argv, 1)));
    realloc(p, 0);
    MISUSE(p);
    free(p);
    SURVIVED;
}
