/* Two threads free the same block at the same moment, and then both allocate as many as bring its
 * slot back into use, again and again. No two blocks that are in use at the same time may have the
 * same address: each is marked, and the marks are looked at when all are there. Arguments: the
 * size, at least 8, and how many pairs. To go on after each needs on_fault=report_only. */
#include "fault.h"
#include "meet.h"
#include <pthread.h>

enum { MOST = 600, LAST = 20 };
static size_t size, pairs;
static uint64_t *live[2][MOST];
static void *volatile shared;
static int twice[2];

/* What waits leaves in random halves: this many frees turn it over more than once. A copy may stay through
 * all of them now and then, which the frees after the next pairs see to, and LAST more rounds after the last. */
static int live_count(void) {
    const size_t fit = (size_t)MOST * 128 / (size + 1);
    return fit > MOST ? MOST : fit < 40 ? 40 : (int)fit;
}

static void *races(void *self_pointer) {
    const int self = self_pointer != NULL;
    int turn = 0;
    for (size_t i = 0; i < pairs + LAST; i++) {
        if (self == 0 && i < pairs)
            shared = malloc(size);
        meet(self, ++turn);
        if (i < pairs)
            free(shared);
        meet(self, ++turn);
        for (int j = 0; j < live_count(); j++) {
            live[self][j] = malloc(size);
            *live[self][j] = (i * 2 + self) * MOST + j + 1;
        }
        meet(self, ++turn);
        for (int j = 0; j < live_count(); j++)
            twice[self] += *live[self][j] != (i * 2 + self) * MOST + j + 1;
        meet(self, ++turn);
        for (int j = 0; j < live_count(); j++)
            free(live[self][j]);
    }
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t thread;
    size = number_argument(argv, 1);
    pairs = number_argument(argv, 2);
    CHECK(size >= sizeof(uint64_t));
    pthread_create(&thread, NULL, races, &thread);
    races(NULL);
    pthread_join(thread, NULL);
    say_number("twice", twice[0] + twice[1]);
    _exit(0);
}
