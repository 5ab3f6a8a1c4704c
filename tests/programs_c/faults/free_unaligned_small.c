/* A pointer one past a small block's start is freed. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(200));
    MISUSE;
    free(p + 1);
    SURVIVED;
}
