/* Eight bytes past a block that fills its slot are overwritten. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(24));
    MISUSE;
    memset(p + 24, 'A', 8);
    free(p);
    SURVIVED;
}
