/* A signal has the profile written, again and again: a block that moves stays in it. The argument is the
 * option profile's. */
#include "check.h"
#include <signal.h>

enum { SIZE = 16 << 20 };

/* What the profile says of now, in whole MiB: it is a little off. */
static long live_mib(const char *path) {
    static int number;
    char name[4096], line[4096];
    long sum = 0, bytes;
    snprintf(name, sizeof name, "%s.%d.%d", path, (int)getpid(), ++number);
    errno = 4242;
    raise(SIGUSR2);
    CHECK(errno == 4242);
    FILE *file = fopen(name, "r");
    CHECK(file);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "live %ld", &bytes) == 1)
            sum += bytes;
    fclose(file);
    return (sum + (1 << 19)) >> 20;
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    CHECK(live_mib(argv[1]) == 0);
    char *block = launder(malloc(SIZE));
    long first = live_mib(argv[1]);
    char *next = launder(malloc(SIZE));
    char *moved = launder(realloc(block, 4 * SIZE));
    long both = live_mib(argv[1]);
    free(next);
    long grown = live_mib(argv[1]);
    free(moved);
    long none = live_mib(argv[1]);
    SAY("%s %ld %ld %ld %ld", moved == block ? "stayed" : "moved", first, both, grown, none);
}
