/* Producers hand patterned blocks to consumers in a ring; nothing is lost or shared, and
 * what consumers free, producers get again. */
#include "check.h"
#include <pthread.h>
#include <semaphore.h>

enum { PAIRS = 3, ITEMS = 300000, RING = 256 };

struct ring {
    unsigned char *item[RING];
    sem_t filled, empty;
};

static struct ring ring[PAIRS];

static size_t size_of(unsigned number) { return 9 + number * 37 % 3000; }

static void *produce(void *where) {
    struct ring *r = where;
    for (unsigned i = 0; i < ITEMS; i++) {
        unsigned char *p = malloc(size_of(i));
        CHECK(p);
        memcpy(p, &i, 4);
        p[size_of(i) - 1] = (unsigned char)i;
        sem_wait(&r->empty);
        r->item[i % RING] = p;
        sem_post(&r->filled);
    }
    return NULL;
}

static void *consume(void *where) {
    struct ring *r = where;
    for (unsigned i = 0; i < ITEMS; i++) {
        sem_wait(&r->filled);
        unsigned char *p = r->item[i % RING];
        sem_post(&r->empty);
        CHECK(memcmp(p, &i, 4) == 0);
        CHECK(p[size_of(i) - 1] == (unsigned char)i);
        if (i % 16 == 0)
            p = realloc(p, size_of(i) * 2);
        free(p);
    }
    return NULL;
}

int main(void) {
    pthread_t thread[2 * PAIRS];
    for (int i = 0; i < PAIRS; i++) {
        sem_init(&ring[i].filled, 0, 0);
        sem_init(&ring[i].empty, 0, RING);
        CHECK(pthread_create(&thread[2 * i], NULL, produce, &ring[i]) == 0);
        CHECK(pthread_create(&thread[2 * i + 1], NULL, consume, &ring[i]) == 0);
    }
    for (int i = 0; i < 2 * PAIRS; i++)
        CHECK(pthread_join(thread[i], NULL) == 0);
    /* About 1.3 GB went through. */
    CHECK(resident_kib() < 65536);
}
