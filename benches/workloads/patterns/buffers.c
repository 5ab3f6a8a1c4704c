/* Serves requests: an input buffer is filled, copied through a working buffer
 * into an output buffer, and a few outputs stay open. Web servers, compressors
 * and stdio all live on buffers of this size. */
#include "support.h"

struct buffer {
    unsigned char *bytes;
    size_t size;
};

static struct buffer filled(size_t size, unsigned char value) {
    struct buffer buffer = {keep(must(malloc(size))), size};
    memset(buffer.bytes, value, size);
    return buffer;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    size_t requests = setting("requests", 150000);
    size_t open_outputs = setting("open", 16);
    size_t minimum = setting("minimum", 4 * KIB);
    size_t maximum = setting("maximum", 32 * KIB);
    struct generator random = seeded(setting("seed", 4));
    settings_done();

    struct buffer *outputs = must(calloc(open_outputs, sizeof *outputs));
    uint64_t sum = 0;
    for (size_t i = 0; i < requests; i++) {
        size_t size = mixed_size(&random, minimum, maximum);
        struct buffer input = filled(size, (unsigned char)i);
        struct buffer work = {keep(must(malloc(maximum))), maximum};
        memcpy(work.bytes, input.bytes, size);
        struct buffer output = {keep(must(malloc(size))), size};
        memcpy(output.bytes, work.bytes, size);
        free(input.bytes);
        free(work.bytes);

        struct buffer *place = &outputs[below(&random, open_outputs)];
        if (place->bytes != NULL) {
            sum += place->bytes[0] + place->bytes[place->size - 1] + place->size;
            free(place->bytes);
        }
        *place = output;
    }
    for (size_t i = 0; i < open_outputs; i++) {
        free(outputs[i].bytes);
    }
    free(outputs);
    report("checksum", sum);
    return 0;
}
