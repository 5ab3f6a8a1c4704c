/* Grows a buffer with realloc, by doubling as a vector does or by a fixed step
 * as a naive reader does, while small objects land next to it. */
#include "support.h"

static size_t grown(size_t size, size_t step, size_t limit) {
    size_t larger = step == 0 ? size * 2 : size + step;
    return larger < limit ? larger : limit;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    size_t start = setting("start", 16);
    size_t limit = setting("limit", 64 * MIB);
    size_t step = setting("step", 0); /* 0 doubles */
    size_t rounds = setting("rounds", 10);
    size_t neighbours = setting("neighbours", 1);
    settings_done();

    enum { SMALL = 1024 };
    void *small[SMALL] = {0};
    size_t next_small = 0;
    uint64_t sum = 0;
    for (size_t round = 0; round < rounds; round++) {
        unsigned char *buffer = must(malloc(start));
        memset(buffer, (int)round, start);
        for (size_t size = start; size < limit;) {
            size_t larger = grown(size, step, limit);
            buffer = must(realloc(buffer, larger));
            memset(buffer + size, (int)(larger >> 4), larger - size);
            sum += buffer[size - 1] + buffer[size / 2];
            size = larger;
            if (neighbours) {
                free(small[next_small]);
                small[next_small] = must(malloc(24));
                next_small = (next_small + 1) % SMALL;
            }
        }
        free(buffer);
    }
    for (size_t i = 0; i < SMALL; i++) {
        free(small[i]);
    }
    report("checksum", sum);
    return 0;
}
