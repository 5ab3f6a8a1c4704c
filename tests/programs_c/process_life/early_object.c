/* A preloaded object whose constructor allocates, possibly before the library's own. */
#include "check.h"

static char *early;

__attribute__((constructor(101))) static void first(void) {
    early = malloc(100);
    memset(early, 9, 100);
    for (size_t size = 1; size < 1000000; size *= 2)
        free(realloc(calloc(1, size), size * 2));
}

int early_object_is_whole(void) {
    int whole = is_filled(early, 9, 100);
    free(early);
    return whole;
}

__attribute__((destructor(101))) static void last(void) {
    for (size_t size = 1; size < 1000000; size *= 2)
        free(malloc(size));
}
