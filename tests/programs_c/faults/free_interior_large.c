/* The middle of a large block is freed. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(1 << 20));
    MISUSE;
    free(p + 65536);
    SURVIVED;
}
