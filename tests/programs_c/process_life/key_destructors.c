/* malloc and free in destructors of pthread keys, made before and after the first
 * malloc, through every round that destructors are given. */
#include "check.h"
#include <limits.h>
#include <pthread.h>

enum { KEYS = 20, THREADS = 2000 };
static pthread_key_t key[KEYS];
static int calls;

struct note {
    int round;
    pthread_key_t key;
    char text[100];
};

static void *served(size_t size) {
    void *p = malloc(size);
    CHECK(p);
    return p;
}

static void destructor(void *value) {
    struct note *note = value;
    CHECK(note->text[0] == 'x' && note->text[99] == 'y');
    __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
    for (size_t size = 1; size < 200000; size *= 3)
        free(served(size));
    if (note->round < PTHREAD_DESTRUCTOR_ITERATIONS - 1) {
        struct note *next = malloc(sizeof *next);
        *next = *note;
        next->round++;
        pthread_setspecific(note->key, next);
    }
    free(note);
}

static void *briefly(void *unused) {
    (void)unused;
    for (int i = 0; i < KEYS; i++) {
        struct note *note = calloc(1, sizeof *note);
        note->key = key[i];
        note->text[0] = 'x';
        note->text[99] = 'y';
        pthread_setspecific(key[i], note);
    }
    return NULL;
}

int main(void) {
    for (int i = 0; i < KEYS; i++) {
        if (i == KEYS / 2)
            free(malloc(1));
        CHECK(pthread_key_create(&key[i], destructor) == 0);
    }
    long resident = 0;
    for (int i = 0; i < THREADS; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, briefly, NULL) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
        if (i == THREADS / 10)
            resident = resident_kib();
    }
    CHECK(calls == KEYS * THREADS * PTHREAD_DESTRUCTOR_ITERATIONS);
    CHECK(resident_kib() - resident < 8192);
}
