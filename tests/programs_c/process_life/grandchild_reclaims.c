/* Six threads that go on have used blocks of many sizes. What their caches hold is reclaimed by the child of a child
 * that never allocated, once it works. */
#include "check.h"
#include <pthread.h>
#include <sys/wait.h>

enum { THREADS = 6, BLOCKS = 300 };

static pthread_barrier_t all_here;

static void use_blocks(void) {
    for (int i = 0; i < BLOCKS; i++)
        free(launder(malloc(16 + i * 3)));
}

static void *work(void *unused) {
    use_blocks();
    pthread_barrier_wait(&all_here);
    pause();
    return unused;
}

static void wait_for(pid_t child) {
    int status;
    CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
}

int main(void) {
    pthread_barrier_init(&all_here, NULL, THREADS + 1);
    pthread_t thread;
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&thread, NULL, work, NULL) == 0);
    pthread_barrier_wait(&all_here);
    const size_t cached = mallinfo2().fsmblks;
    const pid_t child = fork();
    if (child == 0) {
        const pid_t grandchild = fork();
        if (grandchild == 0) {
            use_blocks();
            malloc_trim(0);
            dprintf(1, "%zu of %zu bytes\n", mallinfo2().fsmblks, cached);
            CHECK(mallinfo2().fsmblks < cached / 4 * 3);
            _exit(0);
        }
        wait_for(grandchild);
        _exit(0);
    }
    wait_for(child);
    _exit(0);
}
