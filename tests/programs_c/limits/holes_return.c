/* Of 64 MiB of blocks all but every 64th are freed and the program goes on working: within three seconds
 * it holds a third at most. What is left keeps its contents, and what is handed out again is zero. The
 * argument is the size of a block. */
#include "check.h"
#include <time.h>

enum { BYTES = 64 << 20, KEPT = 64 };

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    const size_t size = atoi(argv[1]), count = BYTES / size;
    char **block = calloc(count, sizeof *block);
    for (size_t i = 0; i < count; i++)
        block[i] = memset(malloc(size), i % 100 + 1, size);
    const long full = resident_kib();
    CHECK(full > BYTES / 1024);
    for (size_t i = 0; i < count; i++)
        if (i % KEPT != 0)
            free(block[i]);
    const double start = seconds();
    /* Read once: it is going down, and the kernel's figure is off by some pages. */
    long resident;
    while ((resident = resident_kib()) > full / 3 && seconds() - start < 3) {
        for (int i = 0; i < 10; i++) {
            void *volatile used = malloc(i % 2 ? size : 100);
            free(used);
        }
        usleep(1000);
    }
    dprintf(1, "%ld of %ld KiB after %.1f s\n", resident, full, seconds() - start);
    CHECK(resident <= full / 3);
    for (size_t i = 0; i < count; i++)
        if (i % KEPT != 0)
            block[i] = malloc(size);
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; at < size; at++)
            CHECK(block[i][at] == (i % KEPT == 0 ? (char)(i % 100 + 1) : 0));
}
