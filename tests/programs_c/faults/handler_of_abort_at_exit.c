/* A write after free that only the sweep at exit finds. The program's handler for SIGABRT allocates from the
 * size that was at fault until it is given that very slot. Argument: the size. */
#include "fault.h"
#include <signal.h>

static size_t size;

static void handler(int number) {
    for (int i = 0; i < 2000; i++) {
        char *p = launder(malloc(size));
        CHECK(p != NULL && is_filled(p, 0, size));
        free(p);
    }
    say_text("handled\n");
}

int main(int argc, char **argv) {
    size = number_argument(argv, 1);
    signal(SIGABRT, handler);
    char *p = launder(malloc(size));
    free(p);
    MISUSE(p);
    p[1] = 7;
    exit(0);
}
