/* A global variable is freed. */
#include "fault.h"

static long global[8];

int main(void) {
    free(malloc(1));
    MISUSE;
    free(launder(global));
    SURVIVED;
}
