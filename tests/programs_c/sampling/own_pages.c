/* Where samples were, whose memory went back to the system, the program maps pages of its own and has faults on
 * them, as a garbage collector does. Says on how many. */
#include "check.h"
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

enum { BLOCKS = 4000, ROUNDS = 30 };

static sigjmp_buf back;

static void handler(int number) { siglongjmp(back, 1); }

int main(void) {
    static char *block[ROUNDS * BLOCKS];
    volatile int faults = 0;
    signal(SIGSEGV, handler);
    /* Later samples make the library give up the addresses of those before. */
    for (int round = 0; round < ROUNDS; round++) {
        char **const now = block + round * BLOCKS;
        for (int i = 0; i < BLOCKS; i++)
            now[i] = launder(malloc(50));
        for (int i = 0; i < BLOCKS; i++)
            free(now[i]);
    }
    for (int i = 0; i < ROUNDS * BLOCKS; i++) {
        char *const place = (char *)((uintptr_t)block[i] & ~(uintptr_t)4095);
        if (mmap(place, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != place)
            continue;
        if (sigsetjmp(back, 1) == 0)
            *(volatile char *)block[i] = 1;
        else
            faults++;
    }
    SAY("%s", faults > 20 ? "enough" : "too few");
}
