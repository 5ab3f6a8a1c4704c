/* Threads end one after the other, more than are kept; the last freed some blocks of the main thread's first, which then says
 * which of its next allocations they are. Argument: the size. */
#include "fault.h"
#include <pthread.h>

enum { THREADS = 6, WARM = 100, VICTIMS = 10, MOST = 600 };
static pthread_barrier_t all_here;
static pthread_mutex_t turn[THREADS];
static void *victims[VICTIMS];
static size_t size;

static void *work(void *number) {
    void *blocks[WARM];
    for (int i = 0; i < WARM; i++)
        blocks[i] = malloc(size);
    for (int i = 0; i < WARM; i++)
        free(blocks[i]);
    pthread_barrier_wait(&all_here);
    pthread_mutex_lock(&turn[(intptr_t)number]);
    if ((intptr_t)number == THREADS - 1)
        for (int i = 0; i < VICTIMS; i++)
            free(victims[i]);
    return NULL;
}

int main(int argc, char **argv) {
    size = number_argument(argv, 1);
    for (int i = 0; i < VICTIMS; i++)
        victims[i] = malloc(size);
    pthread_barrier_init(&all_here, NULL, THREADS + 1);
    pthread_t threads[THREADS];
    for (intptr_t i = 0; i < THREADS; i++) {
        pthread_mutex_init(&turn[i], NULL);
        pthread_mutex_lock(&turn[i]);
        pthread_create(&threads[i], NULL, work, (void *)i);
    }
    pthread_barrier_wait(&all_here);
    for (int i = 0; i < THREADS; i++) {
        pthread_mutex_unlock(&turn[i]);
        pthread_join(threads[i], NULL);
    }
    int found[VICTIMS], in_order = 0;
    memset(found, -1, sizeof found);
    for (int n = 0; n < MOST; n++) {
        void *next = launder(malloc(size));
        for (int i = 0; i < VICTIMS; i++)
            if (next == victims[i])
                found[i] = n;
    }
    for (int i = 1; i < VICTIMS; i++)
        in_order += found[i - 1] >= 0 && found[i] == found[i - 1] + 1;
    say_number("inorder", in_order);
    SURVIVED;
}
