/* Allocates and frees at once: the temporary of an inner loop, and the floor
 * of what a call costs. */
#include "support.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    size_t size = setting("size", 48);
    size_t operations = setting("operations", 30000000);
    settings_done();

    uint64_t sum = 0;
    for (size_t i = 0; i < operations; i++) {
        uint64_t *word = keep(must(malloc(size)));
        *word = i;
        sum += *(uint64_t *)keep(word);
        free(word);
    }
    report("checksum", sum);
    return 0;
}
