/* Nothing here is a misuse: every function, sizes of every kind, several threads that free each
 * other's blocks, a child. New memory must hold what it should: the first argument is the byte
 * that malloc gives, the second what realloc adds; calloc gives zeros. */
#include "fault.h"
#include <malloc.h>
#include <pthread.h>
#include <sys/wait.h>

enum { THREADS = 3, SLOTS = 200, ROUNDS = 6000, SHARED = 64 };

static int fresh, added;
static void *shared[SHARED];

struct block {
    unsigned char *at;
    size_t size;
    unsigned char mark;
};

static void renew(struct block *block, uint64_t *state) {
    const uint64_t draw = next_random(state);
    block->size = draw % 97 ? random_size(state) : 0;
    int expected = fresh;
    switch (draw >> 8 & 7) {
    case 0:
        block->at = calloc(1, block->size);
        expected = 0;
        break;
    case 1:
        block->at = memalign((size_t)16 << (draw >> 16 & 7), block->size);
        break;
    case 2:
        block->at = realloc(NULL, block->size);
        break;
    default:
        block->at = malloc(block->size);
    }
    CHECK(block->at && malloc_usable_size(block->at) == block->size);
    CHECK(is_filled(block->at, expected, block->size));
    block->mark = draw >> 32;
    memset(block->at, block->mark, block->size);
}

static void resize(struct block *block, uint64_t *state) {
    const size_t size = 1 + random_size(state), old = block->size;
    unsigned char *at = realloc(block->at, size);
    CHECK(at && is_filled(at, block->mark, old < size ? old : size));
    if (old < size)
        CHECK(is_filled(at + old, added, size - old));
    memset(at, block->mark, size);
    block->at = at;
    block->size = size;
}

/* Blocks change hands here: one thread allocates, another frees. */
static void hand_over(struct block *block, uint64_t *state) {
    free(__atomic_exchange_n(&shared[next_random(state) % SHARED], block->at, __ATOMIC_ACQ_REL));
    *block = (struct block){0};
}

static void *work(void *seed) {
    static __thread struct block blocks[SLOTS];
    uint64_t state = (uintptr_t)seed * 77 + 1;
    memset(blocks, 0, sizeof blocks);
    for (int i = 0; i < ROUNDS; i++) {
        struct block *block = &blocks[next_random(&state) % SLOTS];
        if (!block->at) {
            renew(block, &state);
            continue;
        }
        CHECK(is_filled(block->at, block->mark, block->size));
        switch (next_random(&state) % 8) {
        case 0:
        case 1:
            resize(block, &state);
            break;
        case 2:
            hand_over(block, &state);
            break;
        default:
            free(block->at);
            *block = (struct block){0};
        }
    }
    for (int i = 0; i < SLOTS; i++)
        free(blocks[i].at);
    return NULL;
}

int main(int argc, char **argv) {
    fresh = number_argument(argv, 1);
    added = number_argument(argv, 2);
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, work, (void *)(i + 1)) == 0);
    work((void *)99);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    malloc_trim(0);
    const pid_t child = fork();
    CHECK(child >= 0);
    work((void *)(uintptr_t)(child ? 5 : 6));
    if (!child)
        _exit(0);
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    for (int i = 0; i < SHARED; i++)
        free(shared[i]);
    say_text("done\n");
    return 0;
}
