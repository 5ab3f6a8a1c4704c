/* Holds blocks of one size at its exit. Arguments: how many, and the size. */
#include "check.h"

int main(int argc, char **argv) {
    CHECK(argc == 3);
    const size_t count = strtoul(argv[1], NULL, 10), size = strtoul(argv[2], NULL, 10);
    for (size_t i = 0; i < count; i++)
        CHECK(launder(malloc(size)));
    return 0;
}
