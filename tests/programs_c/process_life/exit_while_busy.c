/* Processes end while their threads allocate, resize, write and free: what a sweep at exit looks at
 * changes under its eyes, and nothing is wrong with that. */
#include "check.h"
#include <pthread.h>
#include <sys/wait.h>

enum { CHILDREN = 250, THREADS = 6, LIVE = 8 };

static void *work(void *seed) {
    uint64_t state = (uintptr_t)seed;
    struct {
        unsigned char *bytes;
        size_t size;
    } live[LIVE] = {{0}};
    for (;;) {
        const int at = next_random(&state) % LIVE;
        if (live[at].bytes && next_random(&state) % 4 == 0) {
            free(live[at].bytes);
            live[at].bytes = NULL;
            continue;
        }
        live[at].size = 400 + next_random(&state) % 100;
        live[at].bytes = realloc(live[at].bytes, live[at].size);
        CHECK(live[at].bytes);
        memset(live[at].bytes, 0xAA, live[at].size);
    }
    return NULL;
}

int main(void) {
    for (int i = 0; i < CHILDREN; i++) {
        const pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            pthread_t thread;
            for (intptr_t t = 1; t <= THREADS; t++)
                CHECK(pthread_create(&thread, NULL, work, (void *)(t + i * THREADS)) == 0);
            usleep(10000);
            exit(0);
        }
        int status = 0;
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK(status == 0);
    }
    return 0;
}
