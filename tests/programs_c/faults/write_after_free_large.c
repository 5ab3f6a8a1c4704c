/* A freed large block is written. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(1 << 20));
    memset(p, 1, 1 << 20);
    free(p);
    MISUSE;
    p[5000] = 'A';
    for (int i = 0; i < 10000; i++)
        free(malloc(1 << 20));
    SURVIVED;
}
