/* A block of no bytes is freed twice. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(0));
    free(p);
    MISUSE;
    free(p);
    SURVIVED;
}
