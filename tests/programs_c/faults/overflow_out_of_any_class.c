/* Byte after byte is written from a random slot of one size class upwards or downwards until a
 * guard stops it. Blocks of every other class must be as they were, and the allocator's records
 * must still serve them: the handler looks. Arguments: the class, counted from 0, and up or down.
 * Says how far it came. A class that does not exist is absent. */
#include "fault.h"
#include <signal.h>

enum { MOST = 2000, OTHERS = 8, CLASSES = 64 };
static unsigned char *others[CLASSES][OTHERS];
static char *start;
static int attacked;

/* The largest request that a class serves: 32 to 256 bytes by 16, then five classes for each
 * doubling, of which the first lies 16 bytes above the power of two; 8 bytes are the canary's. */
static size_t request_of(int class) {
    if (class < 15)
        return 16 * (class + 2) - 8;
    const size_t power = (size_t)256 << (class - 15) / 5;
    const int quarter = (class - 15) % 5;
    return power + (quarter ? power / 4 * quarter : 16) - 8;
}

static int is_small(size_t size) { return size <= 131096; }

static void on_fault(int number, siginfo_t *info, void *context) {
    const char *at = info->si_addr;
    say_number("distance", at < start ? start - at : at - start);
    for (int class = 0; is_small(request_of(class)); class++)
        for (int i = 0; i < OTHERS; i++)
            if (class != attacked)
                CHECK(is_filled(others[class][i], class + 1, request_of(class)));
    for (int class = 0; is_small(request_of(class)); class++)
        for (int i = 0; i < OTHERS; i++)
            if (class != attacked)
                free(others[class][i]);
    for (int class = 0; is_small(request_of(class)); class++)
        for (int i = 0; i < OTHERS; i++)
            if (class != attacked)
                CHECK(is_filled(malloc(request_of(class)), 0, request_of(class)));
    say_text("intact\n");
    _exit(0);
}

int main(int argc, char **argv) {
    static char stack[1 << 16];
    static char *block[MOST];
    attacked = (int)number_argument(argv, 1);
    CHECK(argc > 2);
    const ptrdiff_t step = strcmp(argv[2], "down") ? 1 : -1;
    const size_t size = request_of(attacked);
    if (!is_small(size)) {
        say_text("absent\n");
        _exit(0);
    }
    for (int class = 0; is_small(request_of(class)); class++)
        for (int i = 0; i < OTHERS; i++)
            if (class != attacked)
                others[class][i] =
                    memset(malloc(request_of(class)), class + 1, request_of(class));
    const int count = size > 5000 ? 100 : MOST;
    for (int i = 0; i < count; i++)
        block[i] = launder(malloc(size));
    start = block[count / 2];
    const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    const struct sigaction action = {.sa_sigaction = on_fault,
                                     .sa_flags = SA_SIGINFO | SA_ONSTACK};
    CHECK(sigaltstack(&alternate, NULL) == 0);
    CHECK(sigaction(SIGSEGV, &action, NULL) == 0 && sigaction(SIGBUS, &action, NULL) == 0);
    MISUSE(start);
    for (ptrdiff_t i = 0; i < (ptrdiff_t)1 << 30; i++)
        ((volatile char *)start)[step * i] = 'A';
    SURVIVED;
}
