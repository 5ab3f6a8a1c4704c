/* The last aligned address there is is freed. */
#include "fault.h"

int main(void) {
    free(malloc(1));
    MISUSE;
    free(launder((void *)-16));
    SURVIVED;
}
