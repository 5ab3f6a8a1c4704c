/* The thread that allocated a block and freed it has ended; another frees it again. */
#include "fault.h"
#include <pthread.h>

static void *allocates(void *where) {
    void *p = malloc(40);
    *(void **)where = p;
    free(p);
    return NULL;
}

int main(void) {
    void *p;
    pthread_t thread;
    pthread_create(&thread, NULL, allocates, &p);
    pthread_join(thread, NULL);
    MISUSE;
    free(launder(p));
    SURVIVED;
}
