/* A handler misuses a block while it runs on an alternate signal stack between inaccessible pages. Arguments:
 * bytes of the stack; what it does. */
#include "fault.h"
#include <signal.h>
#include <sys/mman.h>

enum { FREE_TWICE, FREE_LARGE_TWICE, REALLOC_FREED, WRITE_PAST, WRITE_BEFORE, WRITE_TO_FREED };

static size_t what;

static void on_signal(int number) {
    (void)number;
    const size_t size = what == FREE_LARGE_TWICE ? 1 << 20 : 100;
    char *p = launder(malloc(size));
    if (what <= REALLOC_FREED || what == WRITE_TO_FREED)
        free(p);
    MISUSE(p);
    if (what >= WRITE_PAST)
        p[what == WRITE_PAST ? size : what == WRITE_BEFORE ? -1 : 50] ^= 0x55;
    if (what == WRITE_TO_FREED)
        wait_for_reuse(size);
    else if (what == REALLOC_FREED)
        launder(realloc(p, 10));
    else
        free(p);
    SURVIVED;
}

int main(int argc, char **argv) {
    const size_t length = number_argument(argv, 1);
    what = number_argument(argv, 2);
    char *area = mmap(NULL, length + 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(area != MAP_FAILED && mprotect(area + 4096, length, PROT_READ | PROT_WRITE) == 0);
    const stack_t stack = {.ss_sp = area + 4096, .ss_size = length};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
    CHECK(sigaltstack(&stack, NULL) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
    raise(SIGUSR1);
    return 1;
}
