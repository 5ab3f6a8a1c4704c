/* Phases that each fill 8 MB with blocks of one size and free all but one in a thousand, too fast for the clock that
 * memory decays by: with a limit of 64 MB none is refused, and without one less than that is in use. */
#include "check.h"

enum { BYTES = 8 << 20, PHASES = 26, KEPT = 1000 };

int main(void) {
    static const size_t sizes[] = {48, 100, 200, 400, 700, 1000, 1500, 2000, 3000, 4000, 80, 300, 600};
    for (int phase = 0; phase < PHASES; phase++) {
        const size_t size = sizes[phase % (sizeof sizes / sizeof *sizes)], count = BYTES / size;
        char **block = calloc(count, sizeof *block);
        CHECK(block);
        for (size_t i = 0; i < count; i++) {
            block[i] = malloc(size);
            CHECK(block[i]);
            memset(block[i], 1, size);
        }
        CHECK(resident_kib() < 64 << 10);
        for (size_t i = 0; i < count; i++)
            if (i % KEPT != 0)
                free(block[i]);
        free(block);
    }
    return 0;
}
