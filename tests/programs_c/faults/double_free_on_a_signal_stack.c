/* A block is freed twice by a handler that runs on an alternate signal stack of the usual size, between
 * inaccessible pages. Argument: bytes of the stack. */
#include "fault.h"
#include <signal.h>
#include <sys/mman.h>

static void on_signal(int number) {
    (void)number;
    char *p = launder(malloc(40));
    free(p);
    MISUSE(p);
    free(p);
    SURVIVED;
}

int main(int argc, char **argv) {
    const size_t length = number_argument(argv, 1);
    char *area = mmap(NULL, length + 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(area != MAP_FAILED && mprotect(area + 4096, length, PROT_READ | PROT_WRITE) == 0);
    const stack_t stack = {.ss_sp = area + 4096, .ss_size = length};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
    CHECK(sigaltstack(&stack, NULL) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
    raise(SIGUSR1);
    return 1;
}
