/* A pointer one past a large block's start is freed. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(1 << 20));
    MISUSE;
    free(p + 1);
    SURVIVED;
}
