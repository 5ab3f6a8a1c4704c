/* A block of no bytes is read or written. Argument: read or write. */
#include "fault.h"

int main(int argc, char **argv) {
    CHECK(argc > 1);
    char *p = launder(malloc(0)), *q = launder(malloc(0));
    CHECK(p && q && p != q);
    MISUSE(p);
    if (strcmp(argv[1], "read") == 0)
        say_number("found", *(volatile unsigned char *)p);
    else
        *(volatile char *)p = 1;
    SURVIVED;
}
