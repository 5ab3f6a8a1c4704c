/* Another thread frees a large block while realloc copies it to a smaller place: a page of the block cannot be
 * read, and the handler of the fault waits for the other thread. Argument: the size, at least 12 KiB, of which
 * realloc leaves 8 KiB. */
#include "fault.h"
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

static char *shared, *page;
static volatile int copying, freed;

static void *frees(void *unused) {
    while (!copying)
        ;
    free(shared);
    freed = 1;
    return unused;
}

static void while_it_copies(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    CHECK((char *)info->si_addr >= page && (char *)info->si_addr < page + 4096);
    copying = 1;
    while (!freed)
        ;
    SURVIVED;
}

int main(int argc, char **argv) {
    CHECK(argc > 1);
    struct sigaction action = {.sa_sigaction = while_it_copies, .sa_flags = SA_SIGINFO};
    CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, frees, NULL) == 0);
    const size_t size = number_argument(argv, 1);
    shared = memset(malloc(size), 'A', size);
    /* Not the first page of the block, before which realloc looks. */
    page = (char *)(((uintptr_t)shared + 4095) & -4096);
    CHECK(mprotect(page, 4096, PROT_NONE) == 0);
    MISUSE(shared);
    launder(realloc(shared, 8192));
    CHECK(!"the page was not read");
}
