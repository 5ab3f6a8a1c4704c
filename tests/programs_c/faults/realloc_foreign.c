/* A global variable is resized. */
#include "fault.h"

static long global[8];

int main(void) {
    MISUSE;
    realloc(launder(global), 100);
    SURVIVED;
}
