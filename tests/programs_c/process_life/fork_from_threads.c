/* Four threads fork at the same time while they and four others allocate. */
#include "check.h"
#include <pthread.h>
#include <sys/wait.h>

static int stop;

static void *busy(void *seed) {
    uint64_t state = (uintptr_t)seed * 31337;
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
        free(calloc(1, random_size(&state)));
    return NULL;
}

static void *forks(void *seed) {
    uint64_t state = (uintptr_t)seed * 7919;
    for (int i = 0; i < 25; i++) {
        char *mine = malloc(300);
        memset(mine, 6, 300);
        const pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            CHECK(is_filled(mine, 6, 300));
            free(mine);
            for (int k = 0; k < 500; k++)
                free(malloc(random_size(&state)));
            _exit(0);
        }
        int status;
        CHECK(waitpid(pid, &status, 0) == pid && status == 0);
        free(mine);
    }
    return NULL;
}

int main(void) {
    pthread_t thread[8];
    for (intptr_t i = 0; i < 8; i++)
        CHECK(pthread_create(&thread[i], NULL, i < 4 ? forks : busy, (void *)(i + 1)) == 0);
    for (int i = 0; i < 4; i++)
        CHECK(pthread_join(thread[i], NULL) == 0);
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    for (int i = 4; i < 8; i++)
        CHECK(pthread_join(thread[i], NULL) == 0);
}
