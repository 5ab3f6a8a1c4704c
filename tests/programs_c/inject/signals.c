/* A timer interrupts the program at any moment for some seconds (first argument); its handler
 * allocates and frees, small and large, keeps some of it for the next time, and sometimes forks.
 * A refusal is an answer: a handler that interrupted the holder of a lock may get NULL. */
#include "check.h"
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

enum { KEPT = 16, THREADS = 2, LIVE = 300 };

struct block {
    unsigned char *bytes;
    size_t size;
    int byte;
};

static volatile unsigned long signals, forks, refused;
static unsigned long steps;
static volatile int is_over;

static double end;

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static size_t size_of(uint64_t draw) {
    return draw % 16 ? draw / 16 % 3000 + 1 : (130 << 10) + draw / 16 % (2 << 20);
}

/* Both ends of a large block are looked at, all of a small one. */
static void verify(const struct block *block) {
    if (!block->bytes)
        return;
    const size_t part = block->size < 4096 ? block->size : 4096;
    CHECK(is_filled(block->bytes, block->byte, part));
    CHECK(is_filled(block->bytes + block->size - part, block->byte, part));
}

static void renew(struct block *block, uint64_t draw) {
    verify(block);
    free(block->bytes);
    block->bytes = NULL;
    const size_t size = size_of(draw);
    unsigned char *bytes = draw >> 40 & 1 ? calloc(1, size) : malloc(size);
    if (!bytes) {
        __atomic_add_fetch(&refused, 1, __ATOMIC_RELAXED);
        return;
    }
    const size_t part = size < 4096 ? size : 4096;
    block->byte = (int)(draw >> 48 & 255);
    memset(bytes, block->byte, part);
    memset(bytes + size - part, block->byte, part);
    block->size = size;
    block->bytes = bytes;
}

static void fork_and_use(uint64_t draw) {
    const pid_t pid = fork();
    if (pid == 0) {
        struct block block = {0};
        for (int i = 0; i < 20; i++)
            renew(&block, draw + i * 977);
        verify(&block);
        _exit(0);
    }
    if (pid < 0)
        return;
    int status = 1;
    pid_t ended;
    do
        ended = waitpid(pid, &status, 0);
    while (ended < 0 && errno == EINTR);
    CHECK(ended == pid && status == 0);
    __atomic_add_fetch(&forks, 1, __ATOMIC_RELAXED);
}

static void handler(int number) {
    (void)number;
    /* Any thread may be chosen, several at once. */
    static __thread struct block kept[KEPT];
    static __thread uint64_t state;
    const int saved = errno;
    if (seconds() > end)
        is_over = 1;
    if (!state)
        state = (uintptr_t)&state | 1;
    __atomic_add_fetch(&signals, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < 4; i++) {
        const uint64_t draw = next_random(&state);
        renew(&kept[draw % KEPT], draw >> 4);
    }
    if (next_random(&state) % 64 == 0)
        fork_and_use(next_random(&state));
    errno = saved;
}

static void *churn(void *seed) {
    uint64_t state = (uintptr_t)seed;
    struct block live[LIVE] = {{0}};
    while (!is_over) {
        const uint64_t draw = next_random(&state);
        struct block *block = &live[draw % LIVE];
        renew(block, draw >> 9);
        if (block->bytes && draw % 5 == 0) {
            const size_t before = block->size < 4096 ? block->size : 4096;
            unsigned char *grown = realloc(block->bytes, block->size + 20000);
            if (grown) {
                CHECK(is_filled(grown, block->byte, before));
                memset(grown, block->byte, block->size += 20000);
                block->bytes = grown;
            }
        }
        if (draw % 4096 == 0)
            malloc_trim(0);
        __atomic_add_fetch(&steps, 1, __ATOMIC_RELAXED);
    }
    for (int i = 0; i < LIVE; i++) {
        verify(&live[i]);
        free(live[i].bytes);
    }
    return NULL;
}

int main(int argc, char **argv) {
    end = seconds() + (argc > 1 ? atof(argv[1]) : 5);
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    const struct itimerval every = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
    pthread_t thread[THREADS];
    sigaction(SIGALRM, &action, NULL);
    /* With an argument more, the process has other threads that allocate. */
    const int threads = argc > 2 ? THREADS : 0;
    for (intptr_t i = 0; i < threads; i++)
        CHECK(pthread_create(&thread[i], NULL, churn, (void *)(i + 2)) == 0);
    setitimer(ITIMER_REAL, &every, NULL);
    churn((void *)1);
    setitimer(ITIMER_REAL, &never, NULL);
    for (int i = 0; i < threads; i++)
        CHECK(pthread_join(thread[i], NULL) == 0);
    dprintf(1, "%lu steps, %lu signals, %lu forks, %lu refusals\n", steps, signals, forks, refused);
    CHECK(signals > 100 && forks > 0 && steps > 1000 && refused < steps / 10);
    for (int i = 0; i < 100000; i++) {
        void *p = malloc(i);
        CHECK(p);
        free(p);
    }
    return 0;
}
