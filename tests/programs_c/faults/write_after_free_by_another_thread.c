/* A thread writes to a block that its owner has freed and left behind. Argument: the size. */
#include "fault.h"
#include <pthread.h>

static size_t size;

static void *frees(void *where) {
    void *p = malloc(size);
    *(void **)where = p;
    free(p);
    return NULL;
}

int main(int argc, char **argv) {
    char *p;
    pthread_t thread;
    size = number_argument(argv, 1);
    pthread_create(&thread, NULL, frees, &p);
    pthread_join(thread, NULL);
    MISUSE(p);
    *(char *)launder(p) ^= 'A';
    wait_for_reuse(size);
    SURVIVED;
}
