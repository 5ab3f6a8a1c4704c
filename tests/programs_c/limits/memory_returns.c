/* 100 MB of 500-byte objects are freed and the program goes on working: within three
 * seconds its resident memory is under 16 MB, in whatever order they were freed, and whether it works with
 * blocks of all sizes or with large ones only. Arguments: the words "random" and "large". */
#include "check.h"
#include <time.h>

enum { SIZE = 500, COUNT = 200000 };
static char *block[COUNT];

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

/* Some work, a few thousand times a second. */
static void work(uint64_t *state, size_t least, size_t range) {
    static void *live[200];
    for (int i = 0; i < 50; i++) {
        const int at = next_random(state) % 200;
        free(live[at]);
        live[at] = malloc(least + next_random(state) % range);
    }
    usleep(1000);
}

int main(int argc, char **argv) {
    int is_random = 0, is_large = 0;
    for (int i = 1; i < argc; i++) {
        is_random |= strcmp(argv[i], "random") == 0;
        is_large |= strcmp(argv[i], "large") == 0;
    }
    uint64_t state = 5;
    for (int i = 0; i < COUNT; i++)
        block[i] = memset(malloc(SIZE), 1, SIZE);
    CHECK(resident_kib() > 95000);
    for (int i = COUNT - 1; is_random && i > 0; i--) {
        const int other = next_random(&state) % (i + 1);
        char *swapped = block[i];
        block[i] = block[other];
        block[other] = swapped;
    }
    for (int i = 0; i < COUNT; i++)
        free(block[i]);
    /* The table itself is not what is measured. */
    memset(block, 0, sizeof block);
    const double start = seconds();
    while (resident_kib() >= 16000 && seconds() - start < 3)
        is_large ? work(&state, 200000, 1000) : work(&state, 0, 2000);
    dprintf(1, "%ld KiB after %.1f s\n", resident_kib(), seconds() - start);
    CHECK(resident_kib() < 16000);
}
