/* The middle of a block is resized, within its class. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(200));
    MISUSE;
    realloc(p + 16, 200);
    SURVIVED;
}
