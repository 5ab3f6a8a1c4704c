/* Asks for alignment through each of the three interfaces: vector code, O_DIRECT
 * buffers, and C++ types with alignas. */
#include "support.h"
#include <malloc.h>

static void *aligned(size_t interface, size_t alignment, size_t size) {
    void *memory = NULL;
    switch (interface) {
    case 0:
        return must(aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment));
    case 1:
        if (posix_memalign(&memory, alignment, size) != 0) {
            fail("posix_memalign failed");
        }
        return memory;
    default:
        return must(memalign(alignment, size));
    }
}

int main(int argc, char **argv) {
    begin(argc, argv);
    size_t operations = setting("operations", 3000000);
    size_t live = setting("live", 2000);
    size_t minimum = setting("minimum", 32);
    size_t maximum = setting("maximum", 4096);
    struct generator random = seeded(setting("seed", 7));
    settings_done();

    unsigned char **objects = must(calloc(live, sizeof *objects));
    uint64_t sum = 0;
    for (size_t i = 0; i < operations; i++) {
        size_t place = below(&random, live);
        if (objects[place] != NULL) {
            sum += objects[place][0];
            free(objects[place]);
        }
        size_t alignment = mixed_size(&random, 32, 4096);
        alignment = (size_t)1 << (63 - __builtin_clzll(alignment));
        size_t size = mixed_size(&random, minimum, maximum);
        objects[place] = keep(aligned(i % 3, alignment, size));
        if ((uintptr_t)objects[place] % alignment != 0) {
            fail("the alignment asked for was not given");
        }
        objects[place][0] = (unsigned char)i;
        objects[place][size - 1] = objects[place][0];
    }
    for (size_t i = 0; i < live; i++) {
        free(objects[i]);
    }
    free(objects);
    report("checksum", sum);
    return 0;
}
