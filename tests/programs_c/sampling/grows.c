/* Holds 64 MiB that grew by realloc until it exits. Argument: bytes that it grows by at a time, or 0 to double. */
#include "check.h"

int main(int argc, char **argv) {
    CHECK(argc == 2);
    const size_t step = strtoull(argv[1], NULL, 0), most = 64 << 20;
    static char *kept;
    for (size_t size = 100; size < most;) {
        size = step ? size + step : 2 * size;
        if (size > most)
            size = most;
        kept = launder(realloc(kept, size));
        CHECK(kept);
    }
    return 0;
}
