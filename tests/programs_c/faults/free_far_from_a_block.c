/* An address a gibibyte from a block is freed. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(64));
    MISUSE;
    free(p + (1 << 30));
    SURVIVED;
}
