/* Works for some seconds (first argument, and a seed): threads are born and die, the process forks,
 * blocks of all sizes change hands through a shared table. After each tenth of the time all is freed
 * and trimmed: resident memory and mappings must not grow from the first such moment to the last. */
#include "check.h"
#include <pthread.h>
#include <sys/wait.h>
#include <time.h>

enum { SHARED = 2000, THREADS = 6, MOMENTS = 10 };

/* Two to three times what was seen at the end of runs of 10 to 90 seconds. */
enum { MOST_RESIDENT_KIB = 60000, MOST_MAPPINGS = 2000 };

struct block {
    size_t size;
    uint64_t words[];
};

static struct block *shared[SHARED];
static unsigned long steps, forks, threads;

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static void verify(const struct block *block, size_t size) {
    for (size_t i = 0; i < size / 8; i++)
        CHECK(block->words[i] == (block->size ^ 0x5555555555));
}

static void paint(struct block *block, size_t size) {
    block->size = size;
    for (size_t i = 0; i < size / 8; i++)
        block->words[i] = size ^ 0x5555555555;
}

static size_t size_of(uint64_t *state) {
    const uint64_t draw = next_random(state) >> 3;
    return draw % 200 ? random_size(state) : (130 << 10) + draw / 200 % (8 << 20);
}

static struct block *fresh(uint64_t *state) {
    const size_t size = size_of(state), whole = sizeof(struct block) + size;
    struct block *block;
    switch (next_random(state) / 3 % 4) {
    case 0: block = calloc(1, whole); break;
    case 1: block = memalign((size_t)32 << next_random(state) / 5 % 9, whole); break;
    default: block = malloc(whole);
    }
    CHECK(block);
    paint(block, size);
    return block;
}

static void let_go(struct block *block) {
    if (block)
        verify(block, block->size);
    free(block);
}

static void work(uint64_t *state, int count) {
    for (int i = 0; i < count; i++) {
        struct block *mine = next_random(state) % 8 ? fresh(state) : NULL;
        struct block *old =
            __atomic_exchange_n(&shared[next_random(state) % SHARED], mine, __ATOMIC_ACQ_REL);
        if (old && next_random(state) % 8 == 0) {
            const size_t size = size_of(state), kept = size < old->size ? size : old->size;
            old = realloc(old, sizeof *old + size);
            CHECK(old);
            verify(old, kept);
            paint(old, size);
        }
        let_go(old);
    }
    __atomic_add_fetch(&steps, count, __ATOMIC_RELAXED);
}

static void fork_once(uint64_t *state) {
    const pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        alarm(60);
        for (int i = 0; i < 50; i++)
            let_go(fresh(state));
        _exit(0);
    }
    int status = 1;
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    __atomic_add_fetch(&forks, 1, __ATOMIC_RELAXED);
}

static void *worker(void *seed) {
    uint64_t state = (uintptr_t)seed;
    work(&state, 200 + next_random(&state) % 3000);
    if (next_random(&state) % 4 == 0)
        fork_once(&state);
    return NULL;
}

static void work_until(double end, uint64_t *state) {
    pthread_t thread[THREADS];
    while (seconds() < end) {
        for (int i = 0; i < THREADS; i++)
            CHECK(pthread_create(&thread[i], NULL, worker, (void *)(next_random(state) | 1)) == 0);
        work(state, 500);
        for (int i = 0; i < THREADS; i++)
            CHECK(pthread_join(thread[i], NULL) == 0);
        threads += THREADS;
    }
}

int main(int argc, char **argv) {
    CHECK(argc > 2);
    const double start = seconds(), length = atof(argv[1]);
    uint64_t state = strtoull(argv[2], NULL, 10) * 2654435761 + 1;
    long resident[MOMENTS], mappings[MOMENTS];
    for (int i = 0; i < MOMENTS; i++) {
        work_until(start + length * (i + 1) / MOMENTS, &state);
        for (int k = 0; k < SHARED; k++) {
            let_go(shared[k]);
            shared[k] = NULL;
        }
        malloc_trim(0);
        resident[i] = resident_kib();
        mappings[i] = mapping_count();
    }
    dprintf(1, "%lu steps, %lu threads, %lu forks; resident %ld, %ld, %ld KiB; mappings %ld, %ld, %ld\n",
            steps, threads, forks, resident[0], resident[MOMENTS / 2], resident[MOMENTS - 1], mappings[0],
            mappings[MOMENTS / 2], mappings[MOMENTS - 1]);
    CHECK(forks > 0 && threads > 0);
    CHECK(resident[MOMENTS - 1] < MOST_RESIDENT_KIB);
    CHECK(resident[MOMENTS - 1] < resident[0] * 3 / 2 + 8000);
    CHECK(mappings[MOMENTS - 1] < MOST_MAPPINGS);
}
