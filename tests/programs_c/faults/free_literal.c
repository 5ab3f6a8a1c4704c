/* A string literal is freed. */
#include "fault.h"

int main(void) {
    MISUSE;
    free(launder((char *)"sixteen and more bytes of text"));
    SURVIVED;
}
