/* A freed large block is read. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(1 << 20));
    memset(p, 1, 1 << 20);
    free(p);
    MISUSE;
    const char found = *(volatile char *)(p + 5000);
    dprintf(1, "%d\n", found);
    SURVIVED;
}
