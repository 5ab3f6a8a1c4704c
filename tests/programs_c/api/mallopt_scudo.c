/* Scudo's parameters of mallopt do what docs/options.md says of them. */
#include "check.h"
#include "starmalloc.h"

enum { LARGE = 8 << 20, SIZE = 1000, COUNT = 16384 };

static char *block[COUNT];

/* Whether the pages of a freed large block stay. */
static int is_kept(void) {
    malloc_trim(0);
    long before = resident_kib();
    free(memset(launder(malloc(LARGE)), 1, LARGE));
    return resident_kib() > before + LARGE / 2048;
}

/* Whether memory of small blocks goes when this parameter is set, and not before. */
static int is_purged_by(int parameter) {
    for (int i = 0; i < COUNT; i++)
        block[i] = memset(malloc(SIZE), 1, SIZE);
    for (int i = 0; i < COUNT; i++)
        free(block[i]);
    long idle = resident_kib();
    CHECK(mallopt(parameter, 0) == 1);
    return resident_kib() < idle - 8192;
}

int main(void) {
    /* Nothing goes by itself; and of much live memory much is kept. */
    CHECK(mallopt(M_DECAY_TIME, -1) == 1);
    char *live = launder(malloc(256 << 20));

    CHECK(is_kept());
    CHECK(mallopt(M_CACHE_SIZE_MAX, LARGE / 2) == 1 && !is_kept());
    CHECK(mallopt(M_CACHE_SIZE_MAX, 2 * LARGE) == 1 && is_kept());
    CHECK(mallopt(M_CACHE_COUNT_MAX, 0) == 1 && !is_kept());
    CHECK(mallopt(M_CACHE_COUNT_MAX, 8) == 1 && is_kept());
    free(live);

    CHECK(is_purged_by(M_PURGE) && is_purged_by(M_PURGE_ALL) && is_purged_by(M_PURGE_FAST));

    CHECK(mallopt(M_TSDS_COUNT_MAX, 64) == 1);
    CHECK(mallopt(M_TSDS_COUNT_MAX, 63) == 0 && mallopt(M_TSDS_COUNT_MAX, 1 << 20) == 0);

    CHECK(mallopt(M_CACHE_SIZE_MAX, -1) == 0 && mallopt(M_CACHE_COUNT_MAX, -1) == 0);
    CHECK(mallopt(M_TSDS_COUNT_MAX, -1) == 0);
    /* Memory tags, zeros for one thread, and what there is not. */
    CHECK(mallopt(-102, 0) == 0 && mallopt(-103, 0) == 0 && mallopt(-999, 0) == 0);

    SAY("before the statistics");
    fflush(stdout);
    CHECK(mallopt(M_LOG_STATS, 0) == 1);
}
