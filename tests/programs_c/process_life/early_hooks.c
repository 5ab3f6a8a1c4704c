/* A preloaded object whose constructor, possibly run before the library's own, has its hooks called around
 * forks. There, or at the end if FORK_AT_END is set, it starts threads that allocate, and forks beside
 * them. Hooks and children must find memory. */
#include "check.h"
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

enum { THREADS = 3, FORKS = 150 };
static volatile int is_over;

static void use(size_t size) {
    char *block = malloc(size);
    CHECK(block != NULL);
    CHECK(is_filled(memset(block, 5, size), 5, size));
    free(block);
}

static void use_all(void) {
    for (size_t size = 1; size < 1000000; size = size * 3 + 1)
        use(size);
}

static void *busy(void *seed) {
    for (uint64_t state = (uintptr_t)seed; !is_over;)
        use(1 + next_random(&state) % (next_random(&state) % 16 ? 5000 : 300000));
    return NULL;
}

static void fork_beside_threads(void) {
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, busy, (void *)(i + 1L)) == 0);
    for (int i = 0; i < FORKS; i++) {
        const pid_t child = fork();
        if (child == 0) {
            alarm(20);
            use_all();
            _exit(0);
        }
        int status;
        CHECK(waitpid(child, &status, 0) == child && status == 0);
    }
    is_over = 1;
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

__attribute__((constructor(101))) static void first(void) {
    CHECK(pthread_atfork(use_all, use_all, use_all) == 0);
    if (getenv("FORK_AT_END") == NULL)
        fork_beside_threads();
}

__attribute__((destructor(101))) static void last(void) {
    if (getenv("FORK_AT_END") != NULL)
        fork_beside_threads();
}
