/* Two threads free the same block at the same moment, again and again; afterwards both use
 * the size for so long that every slot comes back. Arguments: the size and how many pairs.
 * Every pair must be told once, which needs on_fault=report_only. */
#include "fault.h"
#include <pthread.h>
#include <sched.h>

static size_t size, pairs;
static void *volatile shared;
static int arrived[2];

/* A barrier that lets both go within nanoseconds. */
static void meet(int self, int turn) {
    __atomic_store_n(&arrived[self], turn, __ATOMIC_SEQ_CST);
    for (int spins = 0; __atomic_load_n(&arrived[!self], __ATOMIC_SEQ_CST) < turn; spins++)
        if (spins > 2000)
            sched_yield();
}

static void *frees(void *self_pointer) {
    const int self = self_pointer != NULL;
    int turn = 0;
    for (size_t i = 0; i < pairs; i++) {
        if (self == 0)
            shared = malloc(size);
        meet(self, ++turn);
        free(shared);
        meet(self, ++turn);
    }
    /* One after the other: what either still holds is handed out and found. */
    for (int who = 0; who < 2; who++) {
        if (self == who)
            wait_for_reuse(size);
        meet(self, ++turn);
    }
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t thread;
    size = number_argument(argv, 1);
    pairs = number_argument(argv, 2);
    pthread_create(&thread, NULL, frees, &thread);
    frees(NULL);
    pthread_join(thread, NULL);
    SURVIVED;
}
