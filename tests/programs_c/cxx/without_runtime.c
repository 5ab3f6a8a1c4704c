/* A C program has no C++ runtime to throw with, and does not need one: the library
 * loads, allocates, and refuses what is too large without it. */
#include "check.h"

int main(void) {
    void *p = malloc(100);
    CHECK(p);
    free(p);
    CHECK(malloc(SIZE_MAX / 2) == NULL);
    CHECK(proc_number("/proc/self/maps", "libstdc++") == -1);
}
