/* Size zero: unique, not NULL, and realloc to it frees. */
#include "check.h"

int main(void) {
    void *seen[8];
    int unique = 1;
    for (int i = 0; i < 8; i++) {
        seen[i] = malloc(0);
        for (int j = 0; j < i; j++)
            unique &= seen[i] != seen[j];
    }
    SAY("malloc(0): %s", nullness(seen[0]));
    SAY("malloc(0) is unique: %s", yes_no(unique));
    for (int i = 0; i < 8; i++)
        free(seen[i]);

    void *p;
    SAY("calloc(0, 0): %s", nullness(p = calloc(0, 0)));
    free(p);
    SAY("calloc(0, 5): %s", nullness(p = calloc(0, 5)));
    free(p);
    SAY("calloc(5, 0): %s", nullness(p = calloc(5, 0)));
    free(p);
    SAY("realloc(NULL, 0): %s", nullness(p = realloc(NULL, 0)));
    free(p);
    SAY("realloc(p, 0): %s", nullness(realloc(malloc(10), 0)));
    SAY("realloc(large, 0): %s", nullness(realloc(malloc(1 << 20), 0)));
    SAY("realloc(malloc(0), 0): %s", nullness(realloc(malloc(0), 0)));
    SAY("reallocarray(NULL, 0, 4): %s", nullness(p = reallocarray(NULL, 0, 4)));
    free(p);
    SAY("reallocarray(p, 0, 4): %s", nullness(reallocarray(malloc(10), 0, 4)));
    SAY("reallocarray(p, 4, 0): %s", nullness(reallocarray(malloc(10), 4, 0)));
    SAY("aligned_alloc(64, 0): %s", nullness(p = aligned_alloc(64, 0)));
    free(p);
    SAY("memalign(64, 0): %s", nullness(p = memalign(64, 0)));
    free(p);
    p = NULL;
    SAY("posix_memalign(&p, 64, 0): %d", posix_memalign(&p, 64, 0));
    SAY("posix_memalign of 0: %s", nullness(p));
    free(p);
    SAY("valloc(0): %s", nullness(p = valloc(0)));
    free(p);
    SAY("pvalloc(0): %s", nullness(p = pvalloc(0)));
    free(p);
    int is_sound = 1;
    for (size_t align = 16; align <= 4 << 20; align *= 2) {
        CHECK(posix_memalign(&p, align, 0) == 0);
        is_sound &= (uintptr_t)p % align == 0;
        char *larger = realloc(p, 100);
        memset(larger, 1, 100);
        larger = realloc(larger, 1 << 20);
        is_sound &= larger[99] == 1;
        free(larger);
    }
    SAY("aligned zero sizes grow: %s", yes_no(is_sound));
    p = malloc(0);
    char *grown = realloc(p, 100);
    SAY("realloc(malloc(0), 100): %s", nullness(grown));
    memset(grown, 1, 100);
    free(grown);

    /* What realloc(p, 0) freed is free: a million times does not grow. */
    long before = resident_kib();
    for (int i = 0; i < 1000000; i++)
        if (realloc(malloc(2000), 0))
            abort();
    SAY("realloc(p, 0) frees: %s", yes_no(resident_kib() - before < 16384));
}
