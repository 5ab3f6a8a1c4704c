/* Alignments that are no power of two, or too small, or too large. */
#include "check.h"

static const size_t bad[] = {0, 3, 5, 6, 7, 12, 24, 48, 1000, 4095, 4097,
                             ((size_t)1 << 40) + 8, SIZE_MAX, SIZE_MAX / 2, SIZE_MAX - 15};

static void by(const char *name, void *(*allocate)(size_t, size_t), size_t alignment) {
    errno = 0;
    void *p = allocate(alignment, 100);
    SAY("%s(%zx, 100): %s %s", name, alignment, nullness(p), errno_name(p ? 0 : errno));
    free(p);
}

int main(void) {
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        by("memalign", memalign, bad[i]);
        by("aligned_alloc", aligned_alloc, bad[i]);
    }
    static const size_t too_small[] = {1, 2, 4};
    for (int round = 0; round < 2; round++) {
        const size_t *list = round ? too_small : bad;
        size_t count = round ? 3 : sizeof bad / sizeof *bad;
        for (size_t i = 0; i < count; i++) {
            void *mark = &errno, *p = mark;
            int answer = posix_memalign(&p, list[i], 100);
            SAY("posix_memalign(%zx, 100): %s", list[i], errno_name(answer));
            SAY("posix_memalign(%zx, 100) left p: %s", list[i], yes_no(p == mark));
            answer = posix_memalign(&p, list[i], SIZE_MAX - 5);
            SAY("posix_memalign(%zx, huge): %s", list[i], errno_name(answer));
        }
    }
    /* C11 once wanted the size to be a multiple; nobody insists. */
    void *p = aligned_alloc(64, 100);
    SAY("aligned_alloc(64, 100): %s", nullness(p));
    free(p);
}
