/* Replaces large buffers: images, frames, matrices, file contents. Touching
 * all shows what reuse of resident pages is worth; touching little shows what
 * is paid for pages that nobody asked for. */
#include "support.h"

struct buffer {
    unsigned char *bytes;
    size_t size;
};

int main(int argc, char **argv) {
    begin(argc, argv);
    size_t operations = setting("operations", 2500);
    size_t live = setting("live", 8);
    size_t minimum = setting("minimum", 150 * KIB);
    size_t maximum = setting("maximum", 4 * MIB);
    size_t touched = setting("touched", 0); /* bytes touched at the start; 0 fills all */
    size_t zeros = setting("zeros", 0); /* whether all are filled with zeros */
    struct generator random = seeded(setting("seed", 5));
    settings_done();

    struct buffer *buffers = must(calloc(live, sizeof *buffers));
    uint64_t sum = 0;
    for (size_t i = 0; i < operations; i++) {
        struct buffer *buffer = &buffers[below(&random, live)];
        if (buffer->bytes != NULL) {
            sum += buffer->bytes[0] + buffer->bytes[buffer->size - 1];
            free(buffer->bytes);
        }
        buffer->size = mixed_size(&random, minimum, maximum);
        buffer->bytes = keep(must(malloc(buffer->size)));
        if (touched == 0) {
            memset(buffer->bytes, zeros ? 0 : (int)i, buffer->size);
        } else {
            touch_pages(buffer->bytes, touched < buffer->size ? touched : buffer->size, (unsigned char)i);
            buffer->bytes[buffer->size - 1] = (unsigned char)i;
        }
    }
    for (size_t i = 0; i < live; i++) {
        free(buffers[i].bytes);
    }
    free(buffers);
    report("checksum", sum);
    return 0;
}
