/* A local variable of another thread is passed to a function. Argument: the function. */
#include "operation.h"
#include <pthread.h>

static pthread_barrier_t ready;
static void *volatile shared;

static void *lends(void *unused) {
    long local[8] __attribute__((aligned(16))) = {0};
    shared = launder(local);
    pthread_barrier_wait(&ready);
    for (;;)
        pause();
}

int main(int argc, char **argv) {
    pthread_t thread;
    find_operation(argv[1]);
    pthread_barrier_init(&ready, NULL, 2);
    pthread_create(&thread, NULL, lends, NULL);
    pthread_barrier_wait(&ready);
    pthread_setname_np(thread, "lends");
    /* The kernel tells where the stack of a thread is when the thread waits. */
    usleep(20000);
    MISUSE(shared);
    operate(argv[1], shared, 64);
    SURVIVED;
}
