/* A string literal is passed to a function. Argument: the function. */
#include "operation.h"

static const char text[32] __attribute__((aligned(16))) = "sixteen and more bytes of text";

int main(int argc, char **argv) {
    find_operation(argv[1]);
    MISUSE(text);
    operate(argv[1], launder((char *)text), sizeof text);
    SURVIVED;
}
