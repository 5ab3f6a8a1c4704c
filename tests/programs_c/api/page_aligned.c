/* valloc and pvalloc. */
#include "check.h"

int main(void) {
    const size_t page = sysconf(_SC_PAGESIZE);
    int aligned = 1, rounded = 1, whole = 1;
    for (size_t size = 0; size < 400000; size += size / 3 + 1) {
        char *v = valloc(size), *p = pvalloc(size);
        aligned &= v && p && is_aligned(v, page) && is_aligned(p, page);
        size_t full = (size + page - 1) / page * page;
        rounded &= malloc_usable_size(v) >= size && malloc_usable_size(p) >= full;
        memset(v, 1, size);
        memset(p, 2, full);
        whole &= is_filled(v, 1, size) && is_filled(p, 2, full);
        free(v);
        free(p);
    }
    SAY("both are aligned to pages: %s", yes_no(aligned));
    SAY("pvalloc rounds up to pages: %s", yes_no(rounded));
    SAY("all of it can be written: %s", yes_no(whole));
}
