/* A copy of twice the block's size runs into the next slots. */
#include "fault.h"

int main(void) {
    char *p[1000];
    for (int i = 0; i < 1000; i++)
        p[i] = launder(malloc(40));
    MISUSE;
    memset(p[500], 'A', 96);
    for (int i = 0; i < 1000; i++)
        free(p[i]);
    SURVIVED;
}
