/* A long run in miniature: phases with sizes of their own, each leaving a few
 * survivors among what it frees, so that later phases must fit into the gaps or
 * grow the heap. Settled memory against `live_kib` shows what was lost. */
#include "support.h"

struct object {
    unsigned char *bytes;
    uint32_t size;
    uint32_t dies; /* the phase that frees it */
};

int main(int argc, char **argv) {
    begin(argc, argv);
    size_t phases = setting("phases", 60);
    size_t phase_kib = setting("phase_kib", 8 * KIB);
    size_t survivors_percent = setting("survivors_percent", 6);
    size_t longest_life = setting("longest_life", 30);
    size_t slots = setting("slots", 400000);
    struct generator random = seeded(setting("seed", 8));
    settings_done();

    struct object *objects = must(calloc(slots, sizeof *objects));
    size_t count = 0, live = 0;
    uint64_t sum = 0;
    for (size_t phase = 0; phase < phases; phase++) {
        /* Bands from 32-128 bytes to 32-128 KiB, in an order that mixes them. */
        size_t low = (size_t)32 << (below(&random, 6) * 2);
        size_t wanted = phase_kib * KIB;
        for (size_t made = 0; made < wanted && count < slots;) {
            struct object *object = &objects[count++];
            object->size = (uint32_t)mixed_size(&random, low, low * 4);
            object->bytes = keep(must(malloc(object->size)));
            memset(object->bytes, (int)phase, object->size);
            int survives = below(&random, 100) < survivors_percent;
            object->dies = (uint32_t)(phase + (survives ? 1 + below(&random, longest_life) : 0));
            made += object->size;
            live += object->size;
        }
        size_t left = 0;
        for (size_t i = 0; i < count; i++) {
            struct object object = objects[i];
            if (object.dies <= phase) {
                sum += object.bytes[0] + object.bytes[object.size - 1];
                live -= object.size;
                free(object.bytes);
            } else {
                objects[left++] = object;
            }
        }
        count = left;
    }
    report("live_kib", live / KIB);
    report_settled();
    for (size_t i = 0; i < count; i++) {
        free(objects[i].bytes);
    }
    free(objects);
    report("checksum", sum);
    return 0;
}
