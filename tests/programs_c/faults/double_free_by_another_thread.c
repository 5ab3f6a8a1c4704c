/* A thread frees what its owner has freed. Argument: the size. */
#include "fault.h"
#include <pthread.h>

static void *frees(void *p) {
    free(p);
    return NULL;
}

int main(int argc, char **argv) {
    char *p = launder(malloc(number_argument(argv, 1)));
    pthread_t thread;
    free(p);
    MISUSE(p);
    pthread_create(&thread, NULL, frees, p);
    pthread_join(thread, NULL);
    SURVIVED;
}
