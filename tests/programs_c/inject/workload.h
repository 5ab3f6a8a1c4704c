/* Blocks of every kind, each full of its own number, so that a block lost, moved wrongly or
 * handed out twice shows. A refusal (NULL, ENOMEM) is an answer like any other. */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include "inject.h"
#include <pthread.h>

struct owned {
    uint64_t *words;
    size_t size;
    uint64_t number;
};

static uint64_t numbers;

static void paint(struct owned *block) {
    block->number = __atomic_add_fetch(&numbers, 1, __ATOMIC_RELAXED) * 0x100000001u;
    for (size_t i = 0; i < block->size / 8; i++)
        block->words[i] = block->number;
}

static void verify(const struct owned *block, size_t size) {
    for (size_t i = 0; i < size / 8; i++)
        CHECK(block->words[i] == block->number);
}

static int note(const void *answer) {
    CHECK(answer || errno == ENOMEM);
    __atomic_add_fetch(answer ? &tally->successes : &tally->refusals, 1, __ATOMIC_RELAXED);
    return answer != NULL;
}

static void drop(struct owned *block) {
    if (!block->words)
        return;
    verify(block, block->size);
    errno = 1789;
    free(block->words);
    CHECK(errno == 1789);
    block->words = NULL;
}

static void grow(struct owned *block, size_t size) {
    uint64_t *moved = realloc(block->words, size);
    const size_t kept = size < block->size ? size : block->size;
    if (note(moved)) {
        block->words = moved;
        verify(block, kept);
        block->size = size;
        paint(block);
    } else {
        verify(block, block->size);
    }
}

static void make(struct owned *block, size_t size, uint64_t draw) {
    drop(block);
    block->size = size;
    switch (draw % 4) {
    case 0:
        block->words = calloc(1, size);
        CHECK(!block->words || is_filled(block->words, 0, size));
        break;
    case 1: {
        const size_t alignment = (size_t)64 << draw / 4 % 12;
        block->words = memalign(alignment, size);
        CHECK(!block->words || is_aligned(block->words, alignment));
        break;
    }
    default: block->words = malloc(size);
    }
    if (note(block->words))
        paint(block);
}

/* Mostly small, one in eight from 130 KiB to 8 MiB. */
static size_t size_of(uint64_t draw) {
    if (draw % 8)
        return random_size(&draw) % 100000 + 8;
    const size_t most = (size_t)256 << 10 << draw / 8 % 6;
    return (130 << 10) + draw / 64 % most;
}

enum { LIVE = 24, AT_ONCE = 400 };

/* `steps` operations, a burst of equal blocks that opens new memory, and all of it freed. */
static void churn(uint64_t seed, int steps) {
    struct owned live[LIVE] = {{0}};
    uint64_t state = seed;
    for (int i = 0; i < steps; i++) {
        struct owned *block = &live[next_random(&state) % LIVE];
        const uint64_t draw = next_random(&state) >> 8;
        if (block->words && draw % 3 == 0)
            grow(block, size_of(draw / 3));
        else
            make(block, size_of(draw / 3), draw / 7);
    }
    struct owned many[AT_ONCE] = {{0}};
    const size_t size = 16 + next_random(&state) % 3000;
    for (int i = 0; i < AT_ONCE; i++)
        make(&many[i], size, 3);
    for (int i = 0; i < AT_ONCE; i++)
        drop(&many[i]);
    for (int i = 0; i < LIVE; i++)
        drop(&live[i]);
    malloc_trim(0);
}

static void *churn_in_thread(void *seed) {
    churn((uintptr_t)seed, 40);
    return NULL;
}

/* One thread, then three more that end. A thread that cannot be had is no failure. */
static void workload(uint64_t seed) {
    churn(seed, 120);
    pthread_t thread[3];
    int count = 0;
    for (intptr_t i = 0; i < 3; i++)
        count += pthread_create(&thread[count], NULL, churn_in_thread, (void *)(seed + i + 1)) == 0;
    for (int i = 0; i < count; i++)
        CHECK(pthread_join(thread[i], NULL) == 0);
}

/* Nothing is refused any more. */
static void all_is_well(void) {
    for (size_t size = 8; size < 4u << 20; size = size * 2 + 8) {
        struct owned block = {malloc(size), size, 0};
        CHECK(block.words);
        paint(&block);
        block.words = realloc(block.words, size * 2);
        CHECK(block.words);
        verify(&block, size);
        free(block.words);
        void *aligned = memalign(1 << 14, size);
        CHECK(aligned && is_aligned(aligned, 1 << 14));
        free(aligned);
    }
    const unsigned long refusals = tally->refusals;
    workload(77);
    CHECK(tally->refusals == refusals);
}

#endif
