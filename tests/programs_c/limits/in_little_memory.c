/* Some 24 MiB are live at a time, or as many as an argument says, of all sizes, and 3 GiB pass through; the caller
 * limits memory. */
#include "check.h"

enum { LIVE = 30000 };

int main(int argc, char **argv) {
    const size_t most = (argc > 1 ? strtoul(argv[1], NULL, 10) : 24) << 20;
    static struct {
        char *bytes;
        size_t size;
    } live[LIVE];
    uint64_t state = 11;
    size_t total = 0, passed = 0;
    while (passed < (size_t)3 << 30) {
        const uint64_t draw = next_random(&state) >> 3;
        const int at = draw % LIVE;
        total -= live[at].size;
        free(live[at].bytes);
        live[at].bytes = NULL;
        live[at].size = 0;
        const size_t size = draw / LIVE % 32 ? random_size(&state) : (130 << 10) + draw / 65536 % (4 << 20);
        if (total + size > most)
            continue;
        live[at].bytes = malloc(size);
        CHECK(live[at].bytes);
        memset(live[at].bytes, 1, size);
        live[at].size = size;
        total += size;
        passed += size;
    }
    dprintf(1, "%ld KiB resident, at most %ld\n", resident_kib(), proc_number("/proc/self/status", "VmHWM:"));
}
