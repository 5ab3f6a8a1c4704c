/* Vectors that grow side by side, each to twice its size, and are freed: every size of block is used in turn. The
 * pages of the sizes before are kept for the next round. */
#include "check.h"
#include <sys/resource.h>

enum { VECTORS = 100, FIRST = 64, LAST = 1 << 16, PAGE = 4096, ROUNDS = 12, LEARNING = 4 };

static long faults(void) {
    struct rusage usage;
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
    return usage.ru_minflt;
}

static void grow_all(void) {
    static char *vectors[VECTORS];
    for (size_t size = FIRST; size <= LAST; size *= 2)
        for (int i = 0; i < VECTORS; i++) {
            char *larger = malloc(size);
            CHECK(larger);
            memset(larger, 1, size);
            free(vectors[i]);
            vectors[i] = larger;
        }
    for (int i = 0; i < VECTORS; i++) {
        free(vectors[i]);
        vectors[i] = NULL;
    }
}

int main(void) {
    long before = 0;
    for (int round = 0; round < ROUNDS; round++) {
        if (round == LEARNING)
            before = faults();
        grow_all();
    }
    const long pages = (long)VECTORS * 2 * LAST / PAGE * (ROUNDS - LEARNING);
    CHECK(faults() - before < pages / 4);
    return 0;
}
