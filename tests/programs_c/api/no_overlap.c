/* Live blocks never share a byte: each keeps its own pattern through a random churn. */
#include "check.h"

enum { LIVE = 4000, STEPS = 150000 };

struct block {
    unsigned char *bytes;
    size_t size;
    unsigned char mark;
};

static int whole(const struct block *b) { return is_filled(b->bytes, b->mark, b->size); }

int main(void) {
    static struct block live[LIVE];
    uint64_t state = 4711;
    int good = 1;
    for (int i = 0; i < STEPS; i++) {
        struct block *b = &live[next_random(&state) % LIVE];
        size_t size = next_random(&state) % 40 ? next_random(&state) % 1500
                                                : next_random(&state) % 200000;
        good &= whole(b);
        switch (next_random(&state) % 4) {
        case 0: {
            size_t common = size < b->size ? size : b->size;
            b->bytes = realloc(b->bytes, size + 1);
            good &= is_filled(b->bytes, b->mark, common);
            break;
        }
        case 1:
            free(b->bytes);
            b->bytes = memalign((size_t)16 << next_random(&state) % 8, size + 1);
            break;
        default:
            free(b->bytes);
            b->bytes = malloc(size + 1);
        }
        b->size = size + 1;
        b->mark = (unsigned char)next_random(&state);
        memset(b->bytes, b->mark, b->size);
    }
    for (int i = 0; i < LIVE; i++) {
        good &= whole(&live[i]);
        free(live[i].bytes);
    }
    SAY("every block kept its pattern: %s", yes_no(good));
}
