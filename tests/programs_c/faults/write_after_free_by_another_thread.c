/* A thread writes to a block that its owner has freed and left behind. Other threads come,
 * as many as it takes for one to be given the ended thread's memory. Argument: the size. */
#include "fault.h"
#include <pthread.h>

static size_t size;

static void *frees(void *where) {
    void *p = malloc(size);
    *(void **)where = p;
    free(p);
    return NULL;
}

static void *allocates(void *unused) {
    wait_for_reuse(size);
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
    for (int i = 0; i < 8; i++) {
        pthread_create(&thread, NULL, allocates, NULL);
        pthread_join(thread, NULL);
    }
    SURVIVED;
}
