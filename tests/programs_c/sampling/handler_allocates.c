/* A timer's handler allocates and frees while the program does the same: few blocks are ever live. The argument is
 * how often. */
#include "check.h"
#include <signal.h>
#include <sys/time.h>

enum { LIVE = 64 };

static volatile sig_atomic_t handled;
static long times;

/* The next signal, anew each time: the program goes on in between, however long the handler takes. */
static void wind_up(void) {
    const struct itimerval soon = {{0, 0}, {0, 200}};
    CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
}

static void handler(int number) {
    for (size_t size = 0; size < 6000; size += 30)
        free(launder(malloc(size)));
    if (++handled < times)
        wind_up();
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    times = atol(argv[1]);
    char *block[LIVE] = {0};
    unsigned number = 1;
    signal(SIGALRM, handler);
    wind_up();
    while (handled < times) {
        number = number * 1103515245 + 12345;
        const unsigned which = number >> 16 & (LIVE - 1);
        free(block[which]);
        block[which] = launder(malloc(1 + number % 3000));
    }
    SAY("fine");
}
