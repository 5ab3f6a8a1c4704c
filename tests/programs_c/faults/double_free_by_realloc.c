/* realloc to nothing frees; free does so again. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(40));
    realloc(p, 0);
    MISUSE;
    free(p);
    SURVIVED;
}
