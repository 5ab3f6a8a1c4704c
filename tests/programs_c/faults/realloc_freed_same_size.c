/* A freed block is resized to the size it had. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(40));
    free(p);
    MISUSE;
    realloc(p, 40);
    SURVIVED;
}
