// Blocks come and go in memory that the program locked: they are zeroed by calloc, and do not take much
// more than their size.
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { LIVE = 8, ROUNDS = 300, SMALL = 20000, LIMIT_KIB = 96 << 10 };

static char *zeroed(size_t size)
{
    char *block = calloc(1, size);
    for (size_t at = 0; at < size; at++) {
        if (block[at] != 0) {
            printf("byte %zu of %zu is not zero\n", at, size);
            exit(1);
        }
    }
    memset(block, 1, size);
    return block;
}

static void large(void)
{
    char *blocks[LIVE] = { 0 };
    for (int i = 0; i < ROUNDS; i++) {
        size_t size = (size_t)(150 + i * 37 % 2000) << 10;
        free(blocks[i % LIVE]);
        blocks[i % LIVE] = zeroed(size);
        // Shrunk and grown again.
        blocks[i % LIVE] = realloc(blocks[i % LIVE], size / 2);
        blocks[i % LIVE] = realloc(blocks[i % LIVE], size);
        memset(blocks[i % LIVE], 2, size);
    }
}

static void small(void)
{
    static char *blocks[SMALL];
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < SMALL; i++) {
            blocks[i] = zeroed(16 + i % 1500);
        }
        for (int i = 0; i < SMALL; i++) {
            free(blocks[i]);
        }
        malloc_trim(0);
    }
}

int main(void)
{
    if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0) {
        puts("may not lock memory");
        return 0;
    }
    small();
    large();
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    if (usage.ru_maxrss > LIMIT_KIB) {
        printf("%ld KiB resident at most\n", usage.ru_maxrss);
        return 1;
    }
    return 0;
}
