/* No allocating function is a point where a thread may be cancelled, nor is
 * malloc_stats or free: a cancelled thread goes on until a real one. */
#include "check.h"
#include <pthread.h>

static int passed;
static pthread_barrier_t cancelled;

static void *worker(void *unused) {
    (void)unused;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    pthread_barrier_wait(&cancelled);
    pthread_barrier_wait(&cancelled);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    for (size_t size = 1; size < 1 << 20; size *= 2) {
        void *p = calloc(1, size);
        p = realloc(p, size * 2);
        free(p);
        free(memalign(256, size));
    }
    malloc_trim(0);
    __atomic_add_fetch(&passed, 1, __ATOMIC_RELAXED);
    pthread_testcancel();
    return NULL;
}

int main(void) {
    for (int i = 0; i < 100; i++) {
        pthread_t thread;
        void *answer;
        pthread_barrier_init(&cancelled, NULL, 2);
        CHECK(pthread_create(&thread, NULL, worker, NULL) == 0);
        pthread_barrier_wait(&cancelled);
        CHECK(pthread_cancel(thread) == 0);
        pthread_barrier_wait(&cancelled);
        CHECK(pthread_join(thread, &answer) == 0);
        CHECK(answer == PTHREAD_CANCELED);
        pthread_barrier_destroy(&cancelled);
    }
    CHECK(passed == 100);
}
