/* A signal handler that allocates, on a stack of its own that is too short for it. Argument: its bytes. */
#include "check.h"
#include <signal.h>
#include <sys/mman.h>

static void handle(int signal) {
    (void)signal;
    free(launder(malloc(40)));
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    const size_t bytes = strtoul(argv[1], NULL, 10);
    char *pages = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(pages != MAP_FAILED && mprotect(pages, 4096, PROT_NONE) == 0);
    const stack_t stack = {.ss_sp = pages + 4096, .ss_size = bytes};
    CHECK(sigaltstack(&stack, NULL) == 0);
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_ONSTACK};
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    raise(SIGUSR1);
    return 0;
}
