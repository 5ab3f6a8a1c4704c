/* Threads end while others free what they allocated. */
#include "check.h"
#include <pthread.h>

enum { ROUNDS = 300, BLOCKS = 400 };
static void *block[2][BLOCKS];

static void *allocates(void *where) {
    void **mine = where;
    for (int i = 0; i < BLOCKS; i++) {
        void *p = memset(malloc(i % 60 * 30 + 8), 1, 8);
        __atomic_store_n(&mine[i], p, __ATOMIC_RELEASE);
    }
    return NULL;
}

static void *frees(void *where) {
    void **theirs = where;
    for (int i = 0; i < BLOCKS; i++) {
        void *p;
        while (!(p = __atomic_load_n(&theirs[i], __ATOMIC_ACQUIRE)))
            ;
        CHECK(is_filled(p, 1, 8));
        free(p);
        theirs[i] = NULL;
    }
    return NULL;
}

int main(void) {
    long resident = 0;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_t thread[4];
        for (int k = 0; k < 2; k++) {
            CHECK(pthread_create(&thread[2 * k], NULL, allocates, block[k]) == 0);
            CHECK(pthread_create(&thread[2 * k + 1], NULL, frees, block[k]) == 0);
        }
        for (int k = 0; k < 4; k++)
            CHECK(pthread_join(thread[k], NULL) == 0);
        if (i == ROUNDS / 10)
            resident = resident_kib();
    }
    CHECK(resident_kib() - resident < 8192);
}
