/* A thread ends and leaves a block; another frees that twice. Argument: the size. */
#include "fault.h"
#include <pthread.h>

static size_t size;

static void *allocates(void *where) {
    *(void **)where = malloc(size);
    return NULL;
}

int main(int argc, char **argv) {
    void *p;
    pthread_t thread;
    size = number_argument(argv, 1);
    pthread_create(&thread, NULL, allocates, &p);
    pthread_join(thread, NULL);
    free(launder(p));
    MISUSE(p);
    free(launder(p));
    SURVIVED;
}
