/* The thread that allocated a block and freed it has ended; another frees it again.
 * Argument: the size. */
#include "fault.h"
#include <pthread.h>

static size_t size;

static void *allocates(void *where) {
    void *p = malloc(size);
    *(void **)where = p;
    free(p);
    return NULL;
}

int main(int argc, char **argv) {
    void *p;
    pthread_t thread;
    size = number_argument(argv, 1);
    pthread_create(&thread, NULL, allocates, &p);
    pthread_join(thread, NULL);
    MISUSE(p);
    free(launder(p));
    SURVIVED;
}
