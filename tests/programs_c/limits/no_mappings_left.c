/* The kernel's limit on mappings is reached by the program's own doing: allocations of
 * every kind work or are refused, frees work and keep errno; afterwards all is well. */
#include "check.h"
#include <sys/mman.h>

enum { MOST = 200000 };

static int worked, refused;

static void try(void *p) {
    if (p) {
        worked++;
        memset(p, 1, 16);
    } else {
        refused++;
        CHECK(errno == ENOMEM);
    }
    errno = 1789;
    free(p);
    CHECK(errno == 1789);
}

int main(void) {
    const size_t page = sysconf(_SC_PAGESIZE);
    static void *before[3000];
    for (int i = 0; i < 3000; i++)
        before[i] = memset(malloc(i * 60 + 16), 2, 16);
    /* Every second page protected: each is a mapping of its own. */
    char *wall = mmap(NULL, MOST * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(wall != MAP_FAILED);
    int stones = 0;
    while (stones < MOST / 2 && mprotect(wall + 2 * stones * page, page, PROT_READ) == 0)
        stones++;
    CHECK(stones < MOST / 2 && errno == ENOMEM);
    /* The very last one or two. */
    while (mmap(NULL, page, stones++ % 2 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
           MAP_FAILED)
        ;
    for (int round = 0; round < 20; round++) {
        for (size_t size = 16; size < 64u << 20; size = size * 3 / 2 + 1) {
            try(malloc(size));
            try(calloc(1, size));
            try(memalign(1 << 16, size));
            try(realloc(malloc(size), size * 2) ?: (errno = ENOMEM, NULL));
        }
    }
    for (int i = 0; i < 3000; i++) {
        CHECK(is_filled(before[i], 2, 16));
        void *grown = realloc(before[i], i * 90 + 16);
        if (grown)
            before[i] = grown;
        CHECK(is_filled(before[i], 2, 16));
        errno = 1789;
        free(before[i]);
        CHECK(errno == 1789);
    }
    munmap(wall, MOST * page);
    dprintf(1, "%d worked, %d were refused\n", worked, refused);
    for (size_t size = 16; size < 64u << 20; size = size * 3 / 2 + 1) {
        char *p = malloc(size);
        CHECK(p);
        memset(p, 3, size);
        p = realloc(p, size * 2);
        CHECK(p && is_filled(p, 3, size));
        free(p);
    }
}
