/* A thread frees a block that another has freed for it; the other one still lives.
 * Argument: the size. */
#include "fault.h"
#include <pthread.h>

static pthread_barrier_t freed;

static void *frees(void *p) {
    free(p);
    pthread_barrier_wait(&freed);
    for (;;)
        pause();
}

int main(int argc, char **argv) {
    char *p = launder(malloc(number_argument(argv, 1)));
    pthread_t thread;
    pthread_barrier_init(&freed, NULL, 2);
    pthread_create(&thread, NULL, frees, p);
    pthread_barrier_wait(&freed);
    MISUSE(p);
    free(p);
    SURVIVED;
}
