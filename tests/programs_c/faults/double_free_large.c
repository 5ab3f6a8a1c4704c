/* A large block is freed twice. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(1 << 20));
    free(p);
    MISUSE;
    free(p);
    SURVIVED;
}
