/* Large blocks are freed in random order where no mapping is left: one that goes in the midst of a mapping leaves one
 * more. None of them can be read afterwards, and when mappings are to be had again, their addresses go back too. */
#include "check.h"
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

enum { BLOCKS = 3000, SIZE = 140000, STONES = 200000 };

static char *block[BLOCKS];
static void *stone[STONES];
static sigjmp_buf back;

static void handler(int number) { siglongjmp(back, 1); }

int main(void) {
    uint64_t random = 5;
    volatile int readable = 0;
    int mapped = 0, stones = 0;
    for (int i = 0; i < BLOCKS; i++) {
        CHECK(block[i] = launder(malloc(SIZE)));
        block[i][5000] = 7;
    }
    for (int i = BLOCKS - 1; i > 0; i--) {
        const int j = next_random(&random) % (i + 1);
        char *const other = block[i];
        block[i] = block[j];
        block[j] = other;
    }
    for (; stones < STONES; stones++) {
        const int access = stones % 2 ? PROT_READ : PROT_NONE;
        stone[stones] = mmap(NULL, 4096, access, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (stone[stones] == MAP_FAILED)
            break;
    }
    for (int i = 0; i < BLOCKS; i++)
        free(block[i]);
    /* What waits is tried for new blocks, of which most can be had no more than mappings. */
    for (int i = 0; i < 500; i++)
        free(launder(malloc(SIZE + i * 100)));
    signal(SIGSEGV, handler);
    for (int i = 0; i < BLOCKS; i++)
        if (sigsetjmp(back, 1) == 0)
            readable += ((volatile char *)block[i])[5000] == 7;
    for (int i = 0; i < stones; i++)
        munmap(stone[i], 4096);
    malloc_trim(0);
    for (int i = 0; i < BLOCKS; i++) {
        unsigned char is_there;
        mapped += mincore((void *)((uintptr_t)block[i] & ~(uintptr_t)4095), 1, &is_there) == 0;
    }
    SAY("readable %s, mapped %s", readable ? "yes" : "no", mapped > 200 ? "most" : "few");
    SAY("%s", stones < STONES ? "without mappings" : "with mappings");
}
