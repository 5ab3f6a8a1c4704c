/* A block whose range goes back to the system at once is freed twice. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(200 << 20));
    free(p);
    MISUSE;
    free(p);
    SURVIVED;
}
