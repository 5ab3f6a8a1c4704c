/* One byte past a large block that ends at a page's end is written. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(1 << 20));
    MISUSE;
    p[1 << 20] ^= 'A';
    free(p);
    SURVIVED;
}
