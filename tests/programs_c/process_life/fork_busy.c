/* Eight threads allocate without pause while the main thread forks 50 times. Parent and
 * child go on; the child frees what it inherited and makes threads of its own. */
#include "check.h"
#include <pthread.h>
#include <sys/wait.h>

enum { BUSY = 8, FORKS = 50, INHERITED = 1000 };
static int stop;
static void *inherited[INHERITED];

static void *busy(void *seed) {
    uint64_t state = (uintptr_t)seed * 977;
    void *live[64] = {0};
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        int at = next_random(&state) % 64;
        free(live[at]);
        live[at] = malloc(random_size(&state));
        CHECK(live[at]);
    }
    for (int i = 0; i < 64; i++)
        free(live[i]);
    return NULL;
}

static void *in_child(void *seed) {
    uint64_t state = (uintptr_t)seed;
    for (int i = 0; i < 100; i++) {
        char *p = malloc(random_size(&state) + 1);
        CHECK(p);
        p[0] = 1;
        free(p);
    }
    return NULL;
}

static void child(void) {
    for (int i = 0; i < INHERITED; i++) {
        CHECK(is_filled(inherited[i], 5, 8));
        if (i % 2)
            free(inherited[i]);
    }
    in_child((void *)77);
    pthread_t thread[2];
    for (intptr_t i = 0; i < 2; i++)
        CHECK(pthread_create(&thread[i], NULL, in_child, (void *)(i + 5)) == 0);
    for (int i = 0; i < 2; i++)
        CHECK(pthread_join(thread[i], NULL) == 0);
    const pid_t grandchild = fork();
    CHECK(grandchild >= 0);
    if (grandchild == 0) {
        in_child((void *)88);
        _exit(0);
    }
    int status;
    CHECK(waitpid(grandchild, &status, 0) == grandchild && status == 0);
    exit(0);
}

int main(void) {
    uint64_t state = 3;
    pthread_t thread[BUSY];
    for (int i = 0; i < INHERITED; i++)
        memset(inherited[i] = malloc(random_size(&state) + 8), 5, 8);
    for (intptr_t i = 0; i < BUSY; i++)
        CHECK(pthread_create(&thread[i], NULL, busy, (void *)(i + 1)) == 0);
    for (int i = 0; i < FORKS; i++) {
        free(malloc(random_size(&state)));
        const pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0)
            child();
        int status;
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK(status == 0);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < BUSY; i++)
        CHECK(pthread_join(thread[i], NULL) == 0);
    puts("done");
}
