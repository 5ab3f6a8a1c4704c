/* A place near a block, where none was ever allocated, is freed. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(4096 - 64));
    MISUSE;
    free(p + (64 << 20));
    SURVIVED;
}
