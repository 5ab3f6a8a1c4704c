/* The program closes pages of its own live blocks and learns of each write by SIGSEGV, as garbage collectors do.
 * Says how many writes it learned of. Argument: the size of the blocks. */
#include "check.h"
#include <signal.h>
#include <sys/mman.h>

enum { BLOCKS = 40 };

static volatile int hits;
static size_t page;

static void handler(int number, siginfo_t *info, void *context) {
    hits++;
    CHECK(mprotect((void *)((uintptr_t)info->si_addr & ~(page - 1)), page, PROT_READ | PROT_WRITE) == 0);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    const size_t size = strtoul(argv[1], NULL, 10);
    page = sysconf(_SC_PAGESIZE);
    struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
    CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
    for (int i = 0; i < BLOCKS; i++) {
        char *const block = memalign(page, size);
        CHECK(block);
        CHECK(mprotect(block, size & ~(page - 1), PROT_READ) == 0);
        ((volatile char *)block)[i] = 1;
        ((volatile char *)block)[(size & ~(page - 1)) - 1] = 1;
        CHECK(block[i] == 1);
        CHECK(mprotect(block, size & ~(page - 1), PROT_READ | PROT_WRITE) == 0);
        if (i % 2)
            free(block);
    }
    SAY("%d", hits);
}
