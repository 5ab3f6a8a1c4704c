/* A block of the largest size classes is freed twice. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(100000));
    free(p);
    MISUSE;
    free(p);
    SURVIVED;
}
