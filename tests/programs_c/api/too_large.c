/* Sizes that cannot be: NULL and ENOMEM from every function, at every alignment. */
#include "check.h"
#include <sys/sysinfo.h>

static size_t sizes[400];
static int size_count;

static void collect_sizes(void) {
    const size_t middle = (size_t)PTRDIFF_MAX;
    for (size_t d = 0; d < 40; d++) {
        sizes[size_count++] = middle - d;
        sizes[size_count++] = middle + 1 + d;
        sizes[size_count++] = SIZE_MAX - d;
    }
    for (int k = 6; k <= 24; k++) {
        size_t d = (size_t)1 << k;
        sizes[size_count++] = middle - d;
        sizes[size_count++] = middle + d;
        sizes[size_count++] = SIZE_MAX - d;
        sizes[size_count++] = SIZE_MAX - d + 1;
    }
    /* Far above any address space this machine has. */
    sizes[size_count++] = (size_t)1 << 60;
    sizes[size_count++] = (size_t)1 << 62;
}

static int refused(void *p) { return p == NULL && errno == ENOMEM; }

#define EVERY_SIZE(label, ...)                                                 \
    do {                                                                       \
        int good = 1;                                                          \
        for (int i = 0; i < size_count; i++) {                                 \
            size_t n = sizes[i];                                               \
            errno = 0;                                                         \
            if (!(__VA_ARGS__)) {                                              \
                SAY("%s of %zx: not refused, errno %d", label, n, errno);      \
                good = 0;                                                      \
                break;                                                         \
            }                                                                  \
        }                                                                      \
        SAY("%s refuses: %s", label, yes_no(good));                            \
    } while (0)

int main(void) {
    char *small = malloc(40), *large = malloc(3 << 20);
    memset(small, 7, 40);
    memset(large, 8, 3 << 20);
    collect_sizes();
    EVERY_SIZE("malloc", refused(malloc(n)));
    EVERY_SIZE("calloc(n, 1)", refused(calloc(n, 1)));
    EVERY_SIZE("calloc(1, n)", refused(calloc(1, n)));
    EVERY_SIZE("calloc(n / 2, 2)", refused(calloc(n / 2, 2)));
    EVERY_SIZE("realloc(NULL)", refused(realloc(NULL, n)));
    EVERY_SIZE("realloc(small)", refused(realloc(small, n)));
    EVERY_SIZE("realloc(large)", refused(realloc(large, n)));
    EVERY_SIZE("reallocarray(n, 1)", refused(reallocarray(small, n, 1)));
    EVERY_SIZE("reallocarray(1, n)", refused(reallocarray(large, 1, n)));
    EVERY_SIZE("valloc", refused(valloc(n)));
    EVERY_SIZE("pvalloc", refused(pvalloc(n)));
    for (int k = 0; k < 64; k++) {
        size_t alignment = (size_t)1 << k;
        char label[80];
        snprintf(label, sizeof label, "memalign(2^%d)", k);
        EVERY_SIZE(label, refused(memalign(alignment, n)));
        snprintf(label, sizeof label, "aligned_alloc(2^%d)", k);
        EVERY_SIZE(label, refused(aligned_alloc(alignment, n)));
        if (alignment < sizeof(void *))
            continue;
        void *kept = small;
        snprintf(label, sizeof label, "posix_memalign(2^%d)", k);
        EVERY_SIZE(label, posix_memalign(&kept, alignment, n) == ENOMEM && kept == small);
    }
    /* The system's usual policy refuses a request for more than it has. */
    struct sysinfo machine;
    CHECK(sysinfo(&machine) == 0);
    const size_t all = (machine.totalram + machine.totalswap) * machine.mem_unit;
    void *huge = malloc(all * 2), *grown = realloc(huge ? NULL : malloc(1 << 20), all * 2);
    SAY("twice all memory: %s", nullness(huge));
    SAY("twice all memory, by realloc: %s", nullness(grown));
    SAY("the small block is whole: %s", yes_no(is_filled(small, 7, 40)));
    SAY("the large block is whole: %s", yes_no(is_filled(large, 8, 3 << 20)));
    free(small);
    free(large);
    void *p = malloc(100);
    SAY("and then malloc: %s", nullness(p));
}
