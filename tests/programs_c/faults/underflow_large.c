/* One byte before a large block is written. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(1 << 20));
    MISUSE;
    p[-1] = 'A';
    free(p);
    SURVIVED;
}
