/* Two threads free many blocks, each at the same moment, and nothing else in between; then both free
 * so many others that all of them leave the quarantine, a great part at once. Arguments: the size and
 * how many pairs. Goes on, which needs on_fault=report_only. */
#include "fault.h"
#include "meet.h"
#include <pthread.h>

enum { MOST = 10000, REST = 400000 };
static size_t pairs;
static void *shared[MOST], *rest[2][REST];

static void *frees(void *self_pointer) {
    const int self = self_pointer != NULL;
    int turn = 0;
    for (size_t i = 0; i < pairs; i++) {
        meet(self, ++turn);
        free(shared[i]);
    }
    /* One after the other, so that two copies of one slot do not leave at the same moment. */
    for (int who = 0; who < 2; who++) {
        meet(self, ++turn);
        for (int i = 0; i < REST && who == self; i++)
            free(rest[self][i]);
    }
    meet(self, ++turn);
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t thread;
    const size_t size = number_argument(argv, 1);
    pairs = number_argument(argv, 2);
    CHECK(pairs <= MOST);
    for (size_t i = 0; i < pairs; i++)
        shared[i] = malloc(size);
    for (int self = 0; self < 2; self++)
        for (int i = 0; i < REST; i++)
            rest[self][i] = malloc(size);
    pthread_create(&thread, NULL, frees, &thread);
    frees(NULL);
    pthread_join(thread, NULL);
    SURVIVED;
}
