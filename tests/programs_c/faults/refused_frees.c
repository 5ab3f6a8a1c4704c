/* For on_fault=report_only: what is no live and sound block is not freed, and nothing changes by it. Argument:
 * the size of the blocks. Each refused free is told once; what was damaged is live until it is mended. */
#include "fault.h"

enum { LIVE = 24, LATER = 1000, CHURN = 2000 };

static size_t size;
static char *live[LIVE];
static long global[8];

static size_t in_use(void) {
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static void is_whole(void) {
    for (int i = 0; i < LIVE; i++)
        CHECK(malloc_usable_size(live[i]) == size && is_filled(live[i], i + 1, size));
}

static void is_refused(void *p) {
    const size_t before = in_use();
    errno = 1234;
    free(launder(p));
    CHECK(errno == 1234);
    CHECK(in_use() == before);
    is_whole();
}

static int by_address(const void *a, const void *b) {
    const char *one = *(char *const *)a, *two = *(char *const *)b;
    return one < two ? -1 : one > two;
}

/* Blocks come and go, so that what was freed leaves quarantine and comes again. */
static void churn(void) {
    for (int i = 0; i < CHURN; i++)
        free(launder(malloc(size)));
}

/* No address is handed out twice, or while its block is live. */
static void none_comes_twice(void) {
    static char *all[LATER + LIVE];
    const int later = size > 100000 ? 40 : LATER;
    churn();
    for (int i = 0; i < later; i++)
        CHECK(all[i] = malloc(size));
    memcpy(all + later, live, sizeof live);
    qsort(all, later + LIVE, sizeof *all, by_address);
    for (int i = 1; i < later + LIVE; i++)
        CHECK(all[i] - all[i - 1] >= (ptrdiff_t)size);
}

int main(int argc, char **argv) {
    (void)argc;
    size = number_argument(argv, 1);
    /* The first of a class goes other ways than all others. */
    churn();
    for (int i = 0; i < LIVE; i++)
        live[i] = memset(malloc(size), i + 1, size);
    char *freed = malloc(size);
    free(freed);
    is_refused(freed);
    is_refused(freed);
    is_refused(live[3] + 16);
    is_refused(live[3] + 1);
    is_refused(global);
    live[5][size] ^= 'A';
    size_t before = in_use();
    free(launder(live[5]));
    CHECK(in_use() == before && is_filled(live[5], 6, size));
    live[5][size] ^= 'A';
    is_whole();
    none_comes_twice();
    is_whole();
    before = in_use();
    for (int i = 0; i < LIVE; i++)
        free(live[i]);
    CHECK(before - in_use() == LIVE * size);
    say_text("went on\n");
    _exit(0);
}
