/* The usable size of a block's middle is asked for. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(200));
    MISUSE;
    malloc_usable_size(p + 16);
    SURVIVED;
}
