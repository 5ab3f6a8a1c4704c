/* Eight threads commit a misuse at the same moment. */
#include "fault.h"
#include <pthread.h>

static pthread_barrier_t together;

static void *misuses(void *unused) {
    void *p = launder(malloc(40));
    free(p);
    pthread_barrier_wait(&together);
    free(p);
    return NULL;
}

int main(void) {
    pthread_t thread[8];
    pthread_barrier_init(&together, NULL, 8);
    MISUSE(&together);
    for (int i = 0; i < 8; i++)
        pthread_create(&thread[i], NULL, misuses, NULL);
    for (int i = 0; i < 8; i++)
        pthread_join(thread[i], NULL);
    SURVIVED;
}
