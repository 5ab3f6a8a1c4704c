/* 64 MiB in blocks of one size, between which blocks of others come and go, far more in all. Says how many samples
 * are among those that stay. */
#include "../../../include/starmalloc.h"
#include "check.h"

#pragma weak starmalloc_stats

enum { SIZE = 4368, KEPT = (64 << 20) / SIZE, TIMES = 20 };
static const size_t others[] = {233, 64, 56, 800, 120, 2040};
static struct starmalloc_statistics all;

int main(void) {
    for (int i = 0; i < KEPT; i++) {
        CHECK(launder(malloc(SIZE)));
        for (int k = 0; k < TIMES; k++)
            for (size_t j = 0; j < sizeof others / sizeof *others; j++)
                free(launder(malloc(others[j])));
    }
    CHECK(starmalloc_stats(&all, sizeof all) == sizeof all);
    SAY("%llu", all.samples);
}
