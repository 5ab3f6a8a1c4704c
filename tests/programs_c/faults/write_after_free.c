/* A byte of a freed small block is written; whoever gets the block next finds it. The
 * arguments are the block's size and the byte's place. */
#include "fault.h"

enum { PATIENCE = 3000000, LIVE = 64 };

int main(int argc, char **argv) {
    const size_t size = argc > 1 ? atoi(argv[1]) : 40;
    const size_t place = argc > 2 ? atoi(argv[2]) : 0;
    char *p = launder(malloc(size));
    free(p);
    MISUSE;
    p[place] ^= 0x41;
    static void *live[LIVE];
    for (int i = 0; i < PATIENCE; i++) {
        free(live[i % LIVE]);
        live[i % LIVE] = malloc(size);
    }
    SURVIVED;
}
