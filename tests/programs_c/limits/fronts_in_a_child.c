/* A parent frees large blocks of which it used the front; a child takes their ranges, and lets half of the blocks
 * grow. Its mappings stay as few as they were. */
#include "check.h"
#include <sys/wait.h>

enum { LIVE = 12, SIZE = 300000, FRONT = 60000, LARGER = 1800000, OPERATIONS = 4000, MORE = 300 };

static char *blocks[LIVE];

static void replace_blocks(uint64_t seed, int operations, int grows) {
    for (int i = 0; i < operations; i++) {
        char **block = &blocks[next_random(&seed) % LIVE];
        free(*block);
        CHECK((*block = malloc(SIZE)) != NULL);
        memset(*block, 0x5a, FRONT);
        if (grows && i % 2) {
            CHECK((*block = realloc(*block, LARGER)) != NULL);
            CHECK(is_filled(*block, 0x5a, FRONT));
        }
    }
}

int main(void) {
    replace_blocks(1, 500, 0);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        const long before = mapping_count();
        replace_blocks(2, OPERATIONS, 1);
        CHECK(mapping_count() < before + MORE);
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    return 0;
}
