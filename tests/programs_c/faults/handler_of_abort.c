/* The report stops in SIGABRT, and the program's handler for it may allocate, from the size
 * that was at fault too. Argument: the size. */
#include "fault.h"
#include <signal.h>

static size_t size;

static void handler(int number) {
    for (size_t bytes = 1; bytes < 1 << 20; bytes *= 3)
        free(memset(malloc(bytes), 1, bytes));
    for (int i = 0; i < 1000; i++)
        free(malloc(size));
    say_text("handled\n");
}

int main(int argc, char **argv) {
    size = number_argument(argv, 1);
    signal(SIGABRT, handler);
    char *p = launder(malloc(size));
    free(p);
    MISUSE(p);
    free(p);
    SURVIVED;
}
