/* Memory handed out is zero, whoever had it before and whichever function gives it. */
#include "check.h"

static uint64_t state = 7;

static int zero_again(void *(*allocate)(size_t)) {
    static char *live[300];
    static size_t size[300];
    int zero = 1;
    for (int i = 0; i < 30000; i++) {
        int at = next_random(&state) % 300;
        if (live[at])
            memset(live[at], 0xff, size[at]);
        free(live[at]);
        size[at] = random_size(&state);
        live[at] = allocate(size[at]);
        zero &= is_filled(live[at], 0, size[at]);
        memset(live[at], 0xee, size[at]);
    }
    for (int i = 0; i < 300; i++) {
        free(live[i]);
        live[i] = NULL;
    }
    return zero;
}

static void *by_memalign(size_t size) { return memalign(128, size); }

static void *by_growth(size_t size) {
    char *p = malloc(size / 2);
    memset(p, 0xdd, size / 2);
    p = realloc(p, size);
    memset(p, 0, size / 2);
    return p;
}

int main(void) {
    SAY("malloc gives zeros: %s", yes_no(zero_again(malloc)));
    SAY("memalign gives zeros: %s", yes_no(zero_again(by_memalign)));
    SAY("realloc's new part is zeros: %s", yes_no(zero_again(by_growth)));
}
