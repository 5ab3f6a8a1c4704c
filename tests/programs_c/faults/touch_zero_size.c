/* A block of no bytes is written. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(0));
    MISUSE;
    *(volatile char *)p = 1;
    SURVIVED;
}
