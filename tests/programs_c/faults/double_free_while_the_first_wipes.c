/* Another thread frees a block while the first free of it wipes it: a page of the block takes no
 * writes, and the handler of the fault waits for the other thread. Argument: the size, at least 12 KiB. */
#include "fault.h"
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

static char *shared, *page;
static volatile int wiping, freed;

static void *frees_again(void *unused) {
    (void)unused;
    while (!wiping)
        ;
    free(shared);
    freed = 1;
    return NULL;
}

static void while_it_wipes(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    CHECK((char *)info->si_addr >= page && (char *)info->si_addr < page + 4096);
    wiping = 1;
    while (!freed)
        ;
    SURVIVED;
}

int main(int argc, char **argv) {
    CHECK(argc > 1);
    struct sigaction action = {.sa_sigaction = while_it_wipes, .sa_flags = SA_SIGINFO};
    CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, frees_again, NULL) == 0);
    const size_t size = number_argument(argv, 1);
    shared = memset(malloc(size), 'A', size);
    page = (char *)(((uintptr_t)shared + size / 2) & -4096);
    CHECK(page >= shared && page + 4096 <= shared + size);
    CHECK(mprotect(page, 4096, PROT_READ) == 0);
    MISUSE(shared);
    free(shared);
    CHECK(!"the page took no writes");
}
