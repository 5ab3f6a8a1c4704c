/* A server that is idle most of the time: threads wake for a burst of requests,
 * keep a little, and sleep. What the caches of sleeping threads hold shows in
 * the settled memory; wall time is mostly sleep. */
#include "support.h"
#include <time.h>

enum { REQUEST = 2000 };

static size_t bursts, pause_ms, kept_every;
static pthread_barrier_t all_idle, measured;

struct worker {
    pthread_t thread;
    size_t number;
    uint64_t sum;
};

static void pause_for(size_t milliseconds) {
    struct timespec span = {(time_t)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000000};
    nanosleep(&span, NULL);
}

static void *serve(void *argument) {
    struct worker *self = argument;
    struct generator random = seeded(500 + self->number);
    unsigned char *objects[REQUEST];
    for (size_t burst = 0; burst < bursts; burst++) {
        for (size_t i = 0; i < REQUEST; i++) {
            size_t size = mixed_size(&random, 16, 16 * KIB);
            objects[i] = keep(must(malloc(size)));
            memset(objects[i], (int)i, size);
        }
        for (size_t i = 0; i < REQUEST; i++) {
            self->sum += objects[i][0];
            /* The rest stands for sessions, which last as long as the server. */
            if (i % kept_every != 0) {
                free(objects[i]);
            }
        }
        pause_for(pause_ms);
    }
    pthread_barrier_wait(&all_idle);
    pthread_barrier_wait(&measured);
    return NULL;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    size_t threads = setting("threads", 16);
    bursts = setting("bursts", 10);
    pause_ms = setting("pause_ms", 20);
    kept_every = setting("kept_every", 200);
    size_t settle_ms = setting("settle_ms", 50);
    settings_done();

    pthread_barrier_init(&all_idle, NULL, (unsigned)threads + 1);
    pthread_barrier_init(&measured, NULL, (unsigned)threads + 1);
    struct worker *workers = must(calloc(threads, sizeof *workers));
    for (size_t i = 0; i < threads; i++) {
        workers[i].number = i;
        start_thread(&workers[i].thread, serve, &workers[i]);
    }
    /* Measured while the threads are alive and asleep: at exit they would give
     * their caches back. */
    pthread_barrier_wait(&all_idle);
    pause_for(settle_ms);
    report_settled();
    pthread_barrier_wait(&measured);
    uint64_t sum = 0;
    for (size_t i = 0; i < threads; i++) {
        join_thread(workers[i].thread);
        sum += workers[i].sum;
    }
    free(workers);
    report("checksum", sum);
    return 0;
}
