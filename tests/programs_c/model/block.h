/* The model: what each live block must be. A block has one owner at a time, the operation
 * about it that runs; only its entry here is shared, under one lock. */
#ifndef BLOCK_H
#define BLOCK_H

#include "operation.h"
#include <pthread.h>

enum family { BY_MALLOC, BY_NEW, BY_NEW_ARRAY };

struct block {
    /* NULL unless live. */
    unsigned char *at;
    size_t size, align;
    /* The first bytes, which hold the pattern of `seed`; all others are zero. */
    size_t written;
    uint64_t seed;
    enum family family;
    /* Somebody works on it: nobody else may look. */
    int is_busy;
    /* Where it was when it was freed last, and how long. */
    unsigned char *was_at;
    size_t was_size;
    /* Where it was before it moved last. */
    unsigned char *moved_from;
};

static struct block blocks[BLOCKS];
static size_t live_bytes;
static pthread_mutex_t model = PTHREAD_MUTEX_INITIALIZER;

/* Requests up to here are served by slots. */
enum { SMALL_MAX = 131096 };

static uint64_t pattern(uint64_t seed, size_t word) {
    return (seed + word) * 0x9e3779b97f4a7c15u | 0x0100000000000001u;
}

static void write_pattern(struct block *block, uint64_t seed, int percent) {
    const size_t size = block->size;
    const size_t written = percent == 100 ? size : size / 100 * percent + size % 100 * percent / 100;
    size_t word = 0;
    for (; word < written / 8; word++)
        ((uint64_t *)block->at)[word] = pattern(seed, word);
    const uint64_t last = pattern(seed, word);
    memcpy(block->at + word * 8, &last, written % 8);
    if (block->written > written)
        memset(block->at + written, 0, block->written - written);
    block->written = written;
    block->seed = seed;
}

/* Bytes [from, to) are zero. */
static void expect_zeros(const unsigned char *at, size_t from, size_t to) {
    for (; from < to && from % 8 != 0; from++)
        HOLDS(at[from] == 0, "byte %zu of %p is %#x, not 0", from, at, at[from]);
    for (; from + 8 <= to; from += 8)
        HOLDS(*(const uint64_t *)(at + from) == 0, "bytes from %zu of %p are %#lx, not 0", from, at,
              *(const uint64_t *)(at + from));
    for (; from < to; from++)
        HOLDS(at[from] == 0, "byte %zu of %p is %#x, not 0", from, at, at[from]);
}

static void expect_contents(const struct block *block) {
    const unsigned char *at = block->at;
    size_t word = 0;
    for (; word < block->written / 8; word++) {
        const uint64_t found = ((const uint64_t *)at)[word];
        HOLDS(found == pattern(block->seed, word), "bytes from %zu of %p changed to %#lx", word * 8,
              at, found);
    }
    const uint64_t last = pattern(block->seed, word);
    HOLDS(memcmp(at + word * 8, &last, block->written % 8) == 0, "the last bytes written of %p changed",
          at);
    expect_zeros(at, block->written, block->size);
}

static void lock_model(void) { pthread_mutex_lock(&model); }
static void unlock_model(void) { pthread_mutex_unlock(&model); }

/* Two blocks share no byte; those of no bytes share no address. */
static int overlaps(const struct block *one, const struct block *other) {
    const size_t one_size = one->size ? one->size : 1;
    const size_t other_size = other->size ? other->size : 1;
    return one->at < other->at + other_size && other->at < one->at + one_size;
}

/* A block that the heap just gave out; it stays busy. */
static void enter(struct block *block, void *at, size_t size, size_t align, enum family family) {
    lock_model();
    block->at = at;
    block->size = size;
    block->align = align;
    block->family = family;
    block->is_busy = 1;
    HOLDS(is_aligned(at, align), "%p is no multiple of %zu", at, align);
    HOLDS((uintptr_t)at + size < (uintptr_t)1 << 47, "%p is no place for %zu bytes", at, size);
    for (int i = 0; i < BLOCKS; i++)
        HOLDS(&blocks[i] == block || !blocks[i].at || !overlaps(block, &blocks[i]),
              "%p of %zu bytes overlaps block %d, %p of %zu bytes", at, size, i, blocks[i].at,
              blocks[i].size);
    live_bytes += size;
    unlock_model();
}

/* About to be given back: from now on its memory may be anybody's. */
static void leave(struct block *block) {
    lock_model();
    live_bytes -= block->size;
    block->was_at = block->at;
    block->was_size = block->size;
    block->at = NULL;
    unlock_model();
}

static void set_busy(struct block *block, int is_busy) {
    lock_model();
    block->is_busy = is_busy;
    unlock_model();
}

#endif
