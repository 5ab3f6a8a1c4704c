/* Byte after byte is written from a small block upwards or downwards until a guard stops it.
 * Blocks of other sizes, and the allocator's own records, must be as they were: the handler
 * looks at them. Arguments: the size, and up or down. Says how far it came. */
#include "fault.h"
#include <signal.h>

enum { BLOCKS = 2000, OTHERS = 400 };
static size_t other_sizes[] = {16, 40, 90, 200, 700, 3000, 9000, 50000};
enum { SIZES = sizeof other_sizes / sizeof *other_sizes };
static unsigned char *others[SIZES][OTHERS];
static size_t size;
static char *start;

static void on_fault(int number, siginfo_t *info, void *context) {
    const char *at = info->si_addr;
    say_number("distance", at < start ? start - at : at - start);
    for (int i = 0; i < SIZES; i++)
        for (int j = 0; j < OTHERS; j++)
            if (others[i][j])
                CHECK(is_filled(others[i][j], i + 1, other_sizes[i]));
    /* Its records serve all other sizes as before. */
    for (int i = 0; i < SIZES; i++)
        for (int j = 0; j < OTHERS; j++)
            if (others[i][j])
                free(others[i][j]);
    for (int i = 0; i < SIZES; i++)
        for (int j = 0; j < OTHERS; j++)
            if (others[i][j])
                CHECK(malloc(other_sizes[i]));
    say_text("intact\n");
    _exit(0);
}

int main(int argc, char **argv) {
    static char stack[1 << 16];
    static char *block[BLOCKS];
    CHECK(argc > 2);
    size = number_argument(argv, 1);
    const int step = strcmp(argv[2], "down") ? 1 : -1;
    const int count = size > 5000 ? 200 : BLOCKS;
    for (int i = 0; i < SIZES; i++)
        for (int j = 0; j < OTHERS; j++)
            /* Sizes near the one that overflows may share its slots. */
            if (other_sizes[i] > 2 * size || other_sizes[i] * 2 < size)
                others[i][j] = memset(malloc(other_sizes[i]), i + 1, other_sizes[i]);
    for (int i = 0; i < count; i++)
        block[i] = launder(malloc(size));
    start = block[count / 2];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    CHECK(sigaltstack(&alternate, NULL) == 0);
    CHECK(sigaction(SIGSEGV, &action, NULL) == 0 && sigaction(SIGBUS, &action, NULL) == 0);
    MISUSE(start);
    for (size_t i = 0; i < (size_t)1 << 30; i++)
        ((volatile char *)start)[step * (ptrdiff_t)i] = 'A';
    SURVIVED;
}
