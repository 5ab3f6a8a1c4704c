/* Memory after a peak: allocates much, frees most of it in random order, goes
 * on a little, and reads what is still resident. A batch job inside a daemon
 * ends like this, and what is not given back is paid for until the restart. */
#include "support.h"
#include <time.h>

struct object {
    unsigned char *bytes;
    size_t size;
};

int main(int argc, char **argv) {
    begin(argc, argv);
    size_t peak_kib = setting("peak_kib", 160 * KIB);
    size_t minimum = setting("minimum", 16);
    size_t maximum = setting("maximum", 4096);
    size_t kept_percent = setting("kept_percent", 2);
    size_t scattered = setting("scattered", 1); /* 0 keeps the first ones instead */
    size_t afterwards = setting("afterwards", 300000);
    size_t pauses = setting("pauses", 20); /* spread over the light use */
    size_t pause_ms = setting("pause_ms", 25);
    struct generator random = seeded(setting("seed", 9));
    settings_done();

    size_t capacity = peak_kib * KIB / minimum;
    struct object *objects = must(malloc(capacity * sizeof *objects));
    size_t count = 0, total = 0;
    while (total < peak_kib * KIB) {
        size_t size = mixed_size(&random, minimum, maximum);
        objects[count] = (struct object){keep(must(malloc(size))), size};
        memset(objects[count].bytes, (int)count, size);
        count++;
        total += size;
    }

    size_t kept = count * kept_percent / 100;
    if (scattered) {
        for (size_t i = count - 1; i > 0; i--) {
            size_t other = below(&random, i + 1);
            struct object object = objects[i];
            objects[i] = objects[other];
            objects[other] = object;
        }
    }
    uint64_t sum = 0;
    while (count > kept) {
        struct object object = objects[--count];
        sum += object.bytes[0] + object.bytes[object.size - 1];
        free(object.bytes);
    }
    objects = must(realloc(objects, (count + 1) * sizeof *objects));

    /* With pauses, since some allocators give memory back only after a while. */
    struct timespec pause = {0, (long)pause_ms * 1000000};
    for (size_t i = 0; i < afterwards; i++) {
        if (pauses > 0 && i % (afterwards / pauses + 1) == 0) {
            nanosleep(&pause, NULL);
        }
        unsigned char *passing = keep(must(malloc(mixed_size(&random, minimum, maximum))));
        passing[0] = (unsigned char)i;
        sum += passing[0];
        free(passing);
    }
    report_settled();
    for (size_t i = 0; i < count; i++) {
        free(objects[i].bytes);
    }
    free(objects);
    report("checksum", sum);
    return 0;
}
