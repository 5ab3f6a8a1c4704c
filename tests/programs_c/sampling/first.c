/* Allocates 64 blocks and says how many samples there are. */
#include "check.h"
#include "starmalloc.h"

#pragma weak starmalloc_stats

int main(void) {
    struct starmalloc_statistics all;
    for (int i = 0; i < 64; i++)
        CHECK(launder(malloc(100)));
    CHECK(starmalloc_stats(&all, sizeof all) == sizeof all);
    dprintf(1, "%llu\n", all.samples);
    _exit(0);
}
