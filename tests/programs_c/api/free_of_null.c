/* A free of NULL, by each function that frees: nothing happens, not even to errno. */
#include "check.h"

enum { TIMES = 1000, SIZE = 300 };

extern void cfree(void *) __attribute__((weak));
extern void free_sized(void *, size_t) __attribute__((weak));
extern void free_aligned_sized(void *, size_t, size_t) __attribute__((weak));

/* Not every libc has all of them: those it lacks are plain free here. */
static void by_cfree(void *p) { cfree ? cfree(p) : free(p); }
static void by_size(void *p) { free_sized ? free_sized(p, SIZE) : free(p); }
static void by_align(void *p) { free_aligned_sized ? free_aligned_sized(p, 64, SIZE) : free(p); }

static size_t in_use(void) {
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static void nothing_happens(const char *name, void (*release)(void *)) {
    char *beside = malloc(SIZE);
    memset(beside, 7, SIZE);
    const size_t before = in_use();
    errno = 1789;
    for (int i = 0; i < TIMES; i++)
        release(launder(NULL));
    const int is_kept = errno == 1789, is_same = in_use() == before;
    SAY("%s(NULL) keeps errno: %s", name, yes_no(is_kept));
    SAY("%s(NULL) leaves what is in use: %s", name, yes_no(is_same));
    SAY("%s(NULL) leaves the block beside: %s", name, yes_no(is_filled(beside, 7, SIZE)));
    free(beside);
}

int main(void) {
    nothing_happens("free", free);
    nothing_happens("cfree", by_cfree);
    nothing_happens("free_sized", by_size);
    nothing_happens("free_aligned_sized", by_align);
    SAY("malloc_usable_size(NULL): %zu", malloc_usable_size(launder(NULL)));
}
