/* The same small block is freed twice in a row. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(40));
    free(p);
    MISUSE;
    free(p);
    SURVIVED;
}
