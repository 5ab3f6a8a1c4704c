/* malloc_usable_size, and that growing within it stays where it is. */
#include "check.h"

int main(void) {
    int enough = 1, stays = 1, exact = 1, writable = 1, shrinks = 1;
    SAY("malloc_usable_size(NULL): %zu", malloc_usable_size(NULL));
    for (size_t size = 1; size < (4u << 20); size += size / 5 + 1) {
        char *p = malloc(size), *q = malloc(size + 3);
        size_t usable = malloc_usable_size(p);
        enough &= usable >= size;
        exact &= usable == size;
        memset(p, 1, usable);
        writable &= is_filled(p, 1, usable);
        char *again = realloc(p, usable);
        stays &= again == p;
        p = realloc(again, size);
        shrinks &= p == again;
        free(p);
        free(q);
    }
    SAY("usable size is at least the request: %s", yes_no(enough));
    SAY("usable size is the request: %s", yes_no(exact));
    SAY("all of it can be written: %s", yes_no(writable));
    SAY("growing within it does not move: %s", yes_no(stays));
    SAY("going back to the request does not move: %s", yes_no(shrinks));
    void *p = memalign(256, 1000);
    SAY("memalign's usable size is enough: %s", yes_no(malloc_usable_size(p) >= 1000));
    free(p);
    p = calloc(7, 13);
    SAY("calloc's usable size is enough: %s", yes_no(malloc_usable_size(p) >= 91));
    free(p);
}
