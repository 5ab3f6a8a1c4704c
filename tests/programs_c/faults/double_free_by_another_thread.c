/* One thread frees what another has freed. */
#include "fault.h"
#include <pthread.h>

static void *frees(void *p) {
    free(p);
    return NULL;
}

int main(void) {
    char *p = launder(malloc(40));
    pthread_t thread;
    free(p);
    MISUSE;
    pthread_create(&thread, NULL, frees, p);
    pthread_join(thread, NULL);
    SURVIVED;
}
