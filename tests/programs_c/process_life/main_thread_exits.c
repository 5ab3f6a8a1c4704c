/* The main thread ends first; the others go on, and the process ends well. */
#include "check.h"
#include <pthread.h>

static void *worker(void *block) {
    usleep(20000);
    CHECK(is_filled(block, 3, 5000));
    free(block);
    for (size_t size = 1; size < 1 << 20; size *= 2)
        free(malloc(size));
    return NULL;
}

int main(void) {
    for (int i = 0; i < 4; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, worker, memset(malloc(5000), 3, 5000)) == 0);
        CHECK(pthread_detach(thread) == 0);
    }
    pthread_exit(NULL);
}
