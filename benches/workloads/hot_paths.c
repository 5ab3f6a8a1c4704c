/*
 * The paths that every program takes, one case at a time, for counting
 * instructions: `case=NAME size=N count=N`. The count of the same case with a
 * smaller `count` is subtracted by the runner, so what is left is the loop.
 */
#include "support.h"

static const char *chosen(int count, char **values) {
    for (int i = 1; i < count; i++) {
        if (strncmp(values[i], "case=", 5) == 0) {
            settings_read++;
            return values[i] + 5;
        }
    }
    return "";
}

static void pair(size_t size, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free(keep(malloc(size)));
    }
}

static void zeroed(size_t size, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free(keep(calloc(1, size)));
    }
}

static void aligned(size_t size, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free(keep(aligned_alloc(64, size)));
    }
}

enum { BATCH = 1000 };

/* More objects than a thread keeps at hand, so that refilling and handing back
 * are part of the count. */
static void batch(size_t size, size_t count) {
    static void *objects[BATCH];
    for (size_t done = 0; done < count; done += BATCH) {
        for (size_t i = 0; i < BATCH; i++) {
            objects[i] = keep(malloc(size));
        }
        for (size_t i = 0; i < BATCH; i++) {
            free(objects[i]);
        }
    }
}

/* A step is one call: a vector that grows by half until `size`, then starts
 * again. */
static void grow(size_t size, size_t count) {
    void *memory = NULL;
    size_t now = 0;
    for (size_t i = 0; i < count; i++) {
        now = now >= size ? 16 : now + now / 2 + 8;
        memory = keep(realloc(memory, now));
    }
    free(memory);
}

/* realloc to a size that fits where the object is; of many objects, since what
 * one slot costs may depend on what lies beside it. */
static void stay(size_t size, size_t count) {
    static void *objects[BATCH];
    for (size_t i = 0; i < BATCH; i++) {
        objects[i] = malloc(size);
    }
    for (size_t i = 0; i < count; i++) {
        void **object = &objects[i % BATCH];
        *object = keep(realloc(*object, size - (i / BATCH & 1)));
    }
    for (size_t i = 0; i < BATCH; i++) {
        free(objects[i]);
    }
}

enum { HANDED = 1000 };
static void *handed[HANDED];
static pthread_barrier_t turn;
static size_t turns;

static void *free_handed(void *unused) {
    (void)unused;
    for (size_t i = 0; i < turns; i++) {
        pthread_barrier_wait(&turn);
        for (size_t j = 0; j < HANDED; j++) {
            free(handed[j]);
        }
        pthread_barrier_wait(&turn);
    }
    return NULL;
}

/* The threads take turns: the count must not depend on how they interleave. */
static void across(size_t size, size_t count) {
    pthread_t other;
    turns = count / HANDED;
    pthread_barrier_init(&turn, NULL, 2);
    start_thread(&other, free_handed, NULL);
    for (size_t i = 0; i < turns; i++) {
        for (size_t j = 0; j < HANDED; j++) {
            handed[j] = keep(malloc(size));
        }
        pthread_barrier_wait(&turn);
        pthread_barrier_wait(&turn);
    }
    join_thread(other);
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(size_t size, size_t count);
    } cases[] = {
        {"pair", pair},   {"calloc", zeroed}, {"aligned", aligned}, {"batch", batch},
        {"grow", grow},   {"stay", stay},     {"across", across},
    };
    begin(argc, argv);
    const char *name = chosen(argc, argv);
    size_t size = setting("size", 48);
    size_t count = setting("count", 10000);
    settings_done();

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (strcmp(cases[i].name, name) == 0) {
            cases[i].run(size, count);
            report("done", count);
            return 0;
        }
    }
    fail("unknown case");
}
