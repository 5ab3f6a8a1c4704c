/* A limit on address space (argument: as) or data (data) falls below what is in use and rises again
 * while the program works: NULL or memory, contents kept, and all is well in the end. */
#include "check.h"
#include <sys/resource.h>

enum { LIVE = 400 };

static struct {
    unsigned char *bytes;
    size_t size;
} live[LIVE];
static unsigned long worked, refused;

static void work(uint64_t *state, int steps) {
    for (int i = 0; i < steps; i++) {
        const int at = next_random(state) % LIVE, byte = at & 255;
        const size_t size = next_random(state) % 16 ? random_size(state) + 1
                                                    : (140 << 10) + next_random(state) % (4 << 20);
        const size_t kept = size < live[at].size ? size : live[at].size;
        unsigned char *bytes = realloc(live[at].bytes, size);
        if (!bytes) {
            CHECK(errno == ENOMEM);
            CHECK(is_filled(live[at].bytes, byte, live[at].size));
            refused++;
            if (next_random(state) % 2) {
                free(live[at].bytes);
                live[at].bytes = NULL;
                live[at].size = 0;
            }
            continue;
        }
        worked++;
        CHECK(is_filled(bytes, byte, kept));
        live[at].bytes = memset(bytes, byte, size);
        live[at].size = size;
    }
}

int main(int argc, char **argv) {
    CHECK(argc > 1);
    const int which = strcmp(argv[1], "as") == 0 ? RLIMIT_AS : RLIMIT_DATA;
    uint64_t state = 3;
    struct rlimit limit;
    CHECK(getrlimit(which, &limit) == 0);
    const rlim_t high = limit.rlim_cur;
    work(&state, 2000);
    for (int round = 0; round < 6; round++) {
        limit.rlim_cur = (rlim_t)(round * 20) << 20;
        CHECK(setrlimit(which, &limit) == 0);
        work(&state, 2000);
        malloc_trim(0);
        limit.rlim_cur = high;
        CHECK(setrlimit(which, &limit) == 0);
        const unsigned long before = refused;
        work(&state, 500);
        CHECK(refused == before);
    }
    dprintf(1, "%lu worked, %lu were refused\n", worked, refused);
    CHECK(refused > 10);
}
