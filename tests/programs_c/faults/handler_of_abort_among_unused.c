/* An overflow runs through slots that were never used, and the handler of the abort that follows allocates: it may be given
 * one of them. */
#include "fault.h"
#include <signal.h>

enum { SIZE = 24, SLOT = 32, SLOTS = 20, MANY = 300 };

static void handler(int signal) {
    int served = 0;
    for (int i = 0; i < MANY; i++)
        served += launder(malloc(SIZE)) != NULL;
    say_number("served", served);
    _exit(signal == SIGABRT && served == MANY ? 3 : 4);
}

int main(void) {
    signal(SIGABRT, handler);
    char *p = launder(malloc(SIZE));
    MISUSE(p);
    memset(p + SLOT, 'A', SLOT * SLOTS);
    for (int i = 0; i < 2000; i++)
        launder(malloc(SIZE));
    SURVIVED;
}
