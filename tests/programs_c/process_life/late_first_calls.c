/* Threads whose first call comes late in their lives: from another key's destructor, which frees or allocates, or from libc
 * itself, which frees what it made for a detached thread behind the last destructor. None of them leaves a cache behind. */
#include "check.h"
#include <pthread.h>
#include <semaphore.h>

enum { KINDS = 3, THREADS = 4000, AT_ONCE = 50, LEAST = 30 };
static pthread_key_t key[KINDS];
static sem_t here, go;

static void frees(void *block) {
    free(block);
}

static void allocates(void *block) {
    for (int i = 0; i < 4; i++)
        free(launder(malloc(60000)));
    free(block);
}

static void *with_key(void *at) {
    void **note = at;
    pthread_setspecific(*(pthread_key_t *)note[0], note[1]);
    return NULL;
}

static void *silent(void *unused) {
    sem_post(&here);
    sem_wait(&go);
    return unused;
}

static void one_with(pthread_key_t *which) {
    void *note[] = {which, malloc(100)};
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, with_key, note) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

static void a_crowd(void) {
    pthread_t thread;
    for (int i = 0; i < AT_ONCE; i++)
        CHECK(pthread_create(&thread, NULL, silent, NULL) == 0 && pthread_detach(thread) == 0);
    for (int i = 0; i < AT_ONCE; i++)
        sem_wait(&here);
    for (int i = 0; i < AT_ONCE; i++)
        sem_post(&go);
    usleep(2000);
}

/* Frees before an address comes again: fewer where more threads count as alive. */
static int frees_before_reuse(void) {
    void *first = malloc(40);
    free(first);
    for (int i = 1; i < 1000; i++) {
        void *next = malloc(40);
        free(next);
        if (next == first)
            return i;
    }
    return 1000;
}

int main(void) {
    free(malloc(1));
    CHECK(pthread_key_create(&key[0], frees) == 0 && pthread_key_create(&key[1], allocates) == 0);
    CHECK(sem_init(&here, 0, 0) == 0 && sem_init(&go, 0, 0) == 0);
    for (int kind = 0; kind < KINDS; kind++) {
        long before = 0;
        for (int i = 0; i < THREADS; i += kind == 2 ? AT_ONCE : 1) {
            if (i == THREADS / 4)
                before = resident_kib();
            kind == 2 ? a_crowd() : one_with(&key[kind]);
        }
        const long grown = resident_kib() - before;
        dprintf(1, "kind %d: %ld KiB more, %d frees\n", kind, grown, frees_before_reuse());
        CHECK(grown < 4096);
        int most = 0;
        for (int i = 0; i < 20; i++) {
            const int now = frees_before_reuse();
            most = now > most ? now : most;
        }
        CHECK(most > 150);
    }
    return 0;
}
