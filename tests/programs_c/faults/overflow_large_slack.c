/* One byte past a large block's requested size is written, inside its last page. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc((1 << 20) - 100));
    MISUSE;
    p[(1 << 20) - 100] = 'A';
    free(p);
    SURVIVED;
}
