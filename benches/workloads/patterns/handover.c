/* Threads that allocate messages and threads that free them: pipelines, actor
 * systems, loggers. No object dies where it was born. */
#include "support.h"

enum { BATCH = 64, RING = 16 };

/* Messages travel in batches, so that the queue's lock does not hide the cost
 * of the remote frees. */
struct batch {
    uint64_t *messages[BATCH];
};

static struct batch *ring[RING];
static size_t waiting, first, producers_left;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t has_room = PTHREAD_COND_INITIALIZER;
static pthread_cond_t has_batch = PTHREAD_COND_INITIALIZER;

static size_t batches, minimum, maximum, hold;

struct worker {
    pthread_t thread;
    size_t number;
    uint64_t sum;
};

static void put(struct batch *batch) {
    pthread_mutex_lock(&lock);
    while (waiting == RING) {
        pthread_cond_wait(&has_room, &lock);
    }
    ring[(first + waiting++) % RING] = batch;
    pthread_cond_signal(&has_batch);
    pthread_mutex_unlock(&lock);
}

static struct batch *take(void) {
    struct batch *batch = NULL;
    pthread_mutex_lock(&lock);
    while (waiting == 0 && producers_left > 0) {
        pthread_cond_wait(&has_batch, &lock);
    }
    if (waiting > 0) {
        batch = ring[first];
        first = (first + 1) % RING;
        waiting--;
        pthread_cond_signal(&has_room);
    }
    pthread_mutex_unlock(&lock);
    return batch;
}

static void *produce(void *argument) {
    struct worker *self = argument;
    struct generator random = seeded(100 + self->number);
    for (size_t i = 0; i < batches; i++) {
        struct batch *batch = must(malloc(sizeof *batch));
        for (size_t j = 0; j < BATCH; j++) {
            size_t size = mixed_size(&random, minimum, maximum);
            batch->messages[j] = keep(must(malloc(size)));
            batch->messages[j][0] = i * BATCH + j;
        }
        put(batch);
    }
    pthread_mutex_lock(&lock);
    producers_left--;
    pthread_cond_broadcast(&has_batch);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void release(struct worker *self, struct batch *batch) {
    for (size_t j = 0; j < BATCH; j++) {
        self->sum += batch->messages[j][0];
        free(batch->messages[j]);
    }
    free(batch);
}

static void *consume(void *argument) {
    struct worker *self = argument;
    /* Some work is always in progress: frees lag behind by a few batches. */
    struct batch **held = must(calloc(hold, sizeof *held));
    struct batch *batch;
    for (size_t i = 0; (batch = take()) != NULL; i++) {
        struct batch **place = &held[i % hold];
        if (*place != NULL) {
            release(self, *place);
        }
        *place = batch;
    }
    for (size_t i = 0; i < hold; i++) {
        if (held[i] != NULL) {
            release(self, held[i]);
        }
    }
    free(held);
    return NULL;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    size_t producers = setting("producers", 1);
    size_t consumers = setting("consumers", 1);
    batches = setting("batches", 60000) / producers;
    minimum = setting("minimum", 16);
    maximum = setting("maximum", 1024);
    hold = setting("hold", 4);
    settings_done();

    producers_left = producers;
    size_t count = producers + consumers;
    struct worker *workers = must(calloc(count, sizeof *workers));
    for (size_t i = 0; i < count; i++) {
        workers[i].number = i;
        start_thread(&workers[i].thread, i < producers ? produce : consume, &workers[i]);
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        join_thread(workers[i].thread);
        sum += workers[i].sum;
    }
    free(workers);
    report("checksum", sum);
    return 0;
}
