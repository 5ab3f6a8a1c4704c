/* Blocks of more address space than any machine has memory, of which a few pages are used, or
 * none where the system refuses them: what they cost does not grow with their length. */
#include "../check.h"
#include <time.h>

enum { BLOCKS = 50 };

int main(void) {
    const size_t size = (size_t)1 << 42;
    const clock_t start = clock();
    for (int i = 0; i < BLOCKS; i++) {
        char *const block = malloc(size);
        if (block) {
            CHECK(block[0] == 0 && block[size - 1] == 0);
            block[0] = block[size / 2] = block[size - 1] = 1;
        }
        free(block);
    }
    /* Five milliseconds each; one look for pages for each 2 MiB of address space takes 160. */
    CHECK(clock() - start < CLOCKS_PER_SEC / 200 * BLOCKS);
    return 0;
}
