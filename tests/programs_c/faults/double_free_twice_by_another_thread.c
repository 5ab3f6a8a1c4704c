/* A thread frees another's block twice. Argument: the size. */
#include "fault.h"
#include <pthread.h>

static void *frees_twice(void *p) {
    free(p);
    MISUSE(p);
    free(p);
    return NULL;
}

int main(int argc, char **argv) {
    char *p = launder(malloc(number_argument(argv, 1)));
    pthread_t thread;
    pthread_create(&thread, NULL, frees_twice, p);
    pthread_join(thread, NULL);
    SURVIVED;
}
