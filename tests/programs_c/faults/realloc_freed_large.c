/* A freed large block is to grow. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(1 << 20));
    free(p);
    MISUSE;
    realloc(p, 2 << 20);
    SURVIVED;
}
