/* A block of no bytes takes a few pages of addresses, whatever its alignment. */
#include "check.h"
#include <malloc.h>

enum { BLOCKS = 200, KIB_EACH = 512 };

static long address_kib(void) {
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file && fscanf(file, "%ld", &pages) == 1);
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

int main(void) {
    void *blocks[BLOCKS];
    free(memalign(64 << 10, 0));
    const long before = address_kib();
    for (int i = 0; i < BLOCKS; i++) {
        const size_t align = (size_t)(64 << 10) << i % 3;
        blocks[i] = memalign(align, 0);
        CHECK(blocks[i] && (uintptr_t)blocks[i] % align == 0);
    }
    CHECK(address_kib() - before < BLOCKS * KIB_EACH);
    for (int i = 0; i < BLOCKS; i++) {
        free(blocks[i]);
    }
    return 0;
}
