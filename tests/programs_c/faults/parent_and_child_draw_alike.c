/* After a fork, parent and child each allocate 32 blocks. Says how many of the child's
 * addresses are the parent's in the same place of the row, and how many are the parent's in
 * any place. Arguments: the size; how many blocks there are before; which part of them is freed: every so
 * many-th, or none for 0; whether all that is done by threads, which take over what ended ones left. */
#include "fault.h"
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { COUNT = 32 };

static size_t size, before, part, is_threaded;

static void *prepare(void *unused) {
    char **old = malloc(before * sizeof *old);
    for (size_t i = 0; i < before; i++)
        old[i] = launder(malloc(size));
    for (size_t i = 0; part && i < before; i += part)
        free(old[i]);
    return unused;
}

static void *draw(void *to) {
    char **mine = to;
    for (int i = 0; i < COUNT; i++)
        mine[i] = launder(malloc(size));
    return NULL;
}

static void run(void *(*work)(void *), void *argument) {
    if (!is_threaded) {
        work(argument);
        return;
    }
    /* A child's first block is one of the thread that forked. */
    free(launder(malloc(1)));
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, work, argument) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

int main(int argc, char **argv) {
    size = number_argument(argv, 1);
    before = number_argument(argv, 2);
    part = number_argument(argv, 3);
    is_threaded = number_argument(argv, 4);
    char **child = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char *parent[COUNT];
    run(prepare, NULL);
    const pid_t id = fork();
    CHECK(id >= 0);
    run(draw, id == 0 ? child : parent);
    if (id == 0)
        _exit(0);
    CHECK(waitpid(id, NULL, 0) == id);
    int in_place = 0, anywhere = 0;
    for (int i = 0; i < COUNT; i++) {
        in_place += child[i] == parent[i];
        for (int j = 0; j < COUNT; j++)
            anywhere += child[i] == parent[j];
    }
    say_number("in_place", in_place);
    say_number("anywhere", anywhere);
    _exit(0);
}
