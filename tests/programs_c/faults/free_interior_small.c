/* The middle of a small block is freed. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(200));
    MISUSE;
    free(p + 64);
    SURVIVED;
}
