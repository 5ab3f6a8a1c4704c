/* The usable size of a freed block is asked for. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(40));
    free(p);
    MISUSE;
    malloc_usable_size(p);
    SURVIVED;
}
