/* A freed block is to grow. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(40));
    free(p);
    MISUSE;
    realloc(p, 5000);
    SURVIVED;
}
