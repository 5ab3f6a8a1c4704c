/* Every plain allocation is aligned for any type. */
#include "check.h"

static int all_aligned(void *(*allocate)(size_t)) {
    for (size_t size = 0; size < 5000; size += size < 200 ? 1 : 13) {
        void *one = allocate(size), *two = allocate(size);
        if (!is_aligned(one, 16) || !is_aligned(two, 16))
            return 0;
        free(one);
        free(two);
    }
    for (size_t size = 5000; size < (4u << 20); size = size * 5 / 4 + 1) {
        void *one = allocate(size);
        if (!is_aligned(one, 16))
            return 0;
        free(one);
    }
    return 1;
}

static void *by_calloc(size_t size) { return calloc(size, 1); }
static void *by_realloc(size_t size) { return realloc(NULL, size); }
static void *by_growth(size_t size) { return realloc(malloc(3), size + 1); }
static void *by_reallocarray(size_t size) { return reallocarray(NULL, size, 1); }

int main(void) {
    SAY("malloc is aligned: %s", yes_no(all_aligned(malloc)));
    SAY("calloc is aligned: %s", yes_no(all_aligned(by_calloc)));
    SAY("realloc of NULL is aligned: %s", yes_no(all_aligned(by_realloc)));
    SAY("realloc is aligned: %s", yes_no(all_aligned(by_growth)));
    SAY("reallocarray is aligned: %s", yes_no(all_aligned(by_reallocarray)));
}
