/* Carries out a sequence of operations (operation.h) beside a model of what a heap is, and
 * prints the first difference. Without one it ends with status 0; with one, with 1; when a
 * misuse went unnoticed, with 2. It allocates nothing but what the sequence says. */
#include "operation.h"

#include "block.h"
#include "calls.h"
#include "misuse.h"
#include "order.h"
#include "whole.h"

/* Threads one after another, all kinds together; their stacks are our own, so that libc keeps
 * none of the memory that goes with one. */
enum { LIVES = 64, STACK = 128 << 10 };
static pthread_t lives[LIVES];
static int lives_started;
static char *stacks;

static void run_thread(int thread, int from);

static void *begin_life(void *start) {
    run_thread((uintptr_t)start % THREADS, (uintptr_t)start / THREADS);
    return NULL;
}

/* Starts a thread that goes on with `thread`'s operations at number `from`. */
static void start_thread(int thread, int from) {
    pthread_attr_t attributes;
    lock_model();
    const int life = lives_started++;
    CHECK(life < LIVES);
    threads_started++;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, stacks + (size_t)life * STACK, STACK);
    const uintptr_t start = (uintptr_t)from * THREADS + thread;
    CHECK(pthread_create(&lives[life], &attributes, begin_life, (void *)start) == 0);
    unlock_model();
}

static int next_of(int thread, int from) {
    while (from < operation_count && operations[from].thread != thread)
        from++;
    return from;
}

static void run_thread(int thread, int from) {
    for (int i = next_of(thread, from); i < operation_count; i = next_of(thread, i + 1)) {
        const struct operation *o = &operations[i];
        wait_for_those_before(i);
        current = i;
        switch (o->word) {
        case TRIM: trim(); break;
        case STATISTICS: expect_statistics(); break;
        case FORK: fork_and_look(); break;
        case EXIT:
            if (thread == 0 || lives_started > LIVES - THREADS)
                break;
            if (next_of(thread, i + 1) < operation_count)
                start_thread(thread, i + 1);
            tell_those_behind(i);
            return;
        default:
            if (o->word < TRIM) {
                operate(&blocks[o->block], o);
            } else {
                misuse(&blocks[o->block], o);
                exit(2);
            }
        }
        tell_those_behind(i);
    }
}

static void join_all(int from) {
    for (int i = from; i < lives_started; i++)
        CHECK(pthread_join(lives[i], NULL) == 0);
}

/* What libc allocates for a thread as long as it lives. */
static void measure_libc(void) {
    pthread_attr_t attributes;
    pthread_t thread;
    static pthread_barrier_t met;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, stacks, STACK);
    base_bytes = mallinfo2().uordblks;
    CHECK(pthread_barrier_init(&met, NULL, 2) == 0);
    CHECK(pthread_create(&thread, &attributes, (void *(*)(void *))pthread_barrier_wait, &met) == 0);
    thread_bytes = mallinfo2().uordblks - base_bytes;
    pthread_barrier_wait(&met);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(thread_bytes > 0 && mallinfo2().uordblks == base_bytes);
}

int main(int argc, char **argv) {
    CHECK(argc == 2 && free_sized && free_aligned_sized && _Znwm);
    read_operations(argv[1]);
    stacks = mmap(NULL, (size_t)LIVES * STACK, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(stacks != MAP_FAILED);
    measure_libc();
    const long before = resident_kib();
    for (int thread = 1; thread < THREADS; thread++)
        if (next_of(thread, 0) < operation_count)
            start_thread(thread, 0);
    run_thread(0, 0);
    for (int i = 0; i < operation_count; i++)
        wait_for(i);
    join_all(0);
    current = -1;
    for (int i = 0; i < BLOCKS; i++)
        if (blocks[i].at)
            release(&blocks[i], FREE);
    CHECK(madvise(stacks, (size_t)LIVES * STACK, MADV_DONTNEED) == 0);
    expect_nothing_left(before, lives_started + 1);
    return 0;
}
