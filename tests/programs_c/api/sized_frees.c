/* C23's free_sized and free_aligned_sized with the right sizes, and with NULL.
 * They are weak here: not every libc has them. */
#include "check.h"

extern void free_sized(void *, size_t) __attribute__((weak));
extern void free_aligned_sized(void *, size_t, size_t) __attribute__((weak));

int main(void) {
    if (!free_sized || !free_aligned_sized) {
        SAY("absent");
        return 3;
    }
    free_sized(NULL, 0);
    free_sized(NULL, 100);
    free_aligned_sized(NULL, 64, 100);
    for (size_t size = 0; size < (2u << 20); size += size / 6 + 1) {
        free_sized(malloc(size), size);
        free_sized(calloc(1, size), size);
        free_sized(calloc(size, 3), size * 3);
        free_sized(realloc(malloc(9), size + 1), size + 1);
        for (size_t alignment = 16; alignment <= 1 << 16; alignment *= 4) {
            size_t full = (size + alignment - 1) / alignment * alignment;
            free_aligned_sized(aligned_alloc(alignment, full), alignment, full);
            free_aligned_sized(aligned_alloc(alignment, size), alignment, size);
        }
    }
    long before = resident_kib();
    for (int i = 0; i < 200000; i++) {
        free_sized(malloc(3000), 3000);
        free_aligned_sized(aligned_alloc(4096, 8192), 4096, 8192);
    }
    CHECK(resident_kib() - before < 16384);
    SAY("present");
}
