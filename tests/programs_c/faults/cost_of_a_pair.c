/* Says how many picoseconds a pair of malloc and free takes, and how many KiB of memory the process
 * holds after many of them. Argument: the size. */
#include "fault.h"
#include <time.h>

static unsigned long long now(void) {
    struct timespec time;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &time) == 0);
    return time.tv_sec * 1000000000ull + time.tv_nsec;
}

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1);
    const int pairs = size > 5000 ? 5000 : 100000;
    const long before = resident_kib();
    /* The second half is timed: by then the quarantine is full. */
    for (int i = 0; i < pairs; i++)
        free(launder(malloc(size)));
    const unsigned long long start = now();
    for (int i = 0; i < pairs; i++)
        free(launder(malloc(size)));
    say_number("picoseconds", (now() - start) * 1000 / pairs);
    say_number("kib", resident_kib() - before);
    _exit(0);
}
