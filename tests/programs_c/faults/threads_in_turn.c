/* For on_fault=report_only: sixteen threads, all alive at once, free a block twice each; the reports
 * say in which arena it was. With an argument mallopt asks for so many arenas first. */
#include "fault.h"
#include <pthread.h>

enum { THREADS = 16 };
static pthread_barrier_t all_done;

static void *frees_twice(void *unused) {
    void *p = launder(malloc(40));
    free(p);
    free(launder(p));
    pthread_barrier_wait(&all_done);
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t threads[THREADS];
    if (argc > 1)
        CHECK(mallopt(-202, number_argument(argv, 1)) == 1);
    CHECK(pthread_barrier_init(&all_done, NULL, THREADS) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, frees_twice, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    _exit(0);
}
