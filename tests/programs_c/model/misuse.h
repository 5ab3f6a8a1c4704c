/* The operations that no correct program makes. Each says first which reports are right, as
 * the beginnings of their first lines, with bars between; SIGSEGV stands for a stop by the
 * processor. Then the program must not get to the end. */
#ifndef MISUSE_H
#define MISUSE_H

#include "calls.h"
#include <sys/mman.h>

#define EXPECT(...) dprintf(1, "expect " __VA_ARGS__)

/* More than any thread holds back of one size. */
enum { ROUNDS = 60000 };

/* Frees and allocates until every slot of `size` bytes that this thread can get was looked at. */
static void use_again(size_t size) {
    static void *held[512];
    for (int i = 0; i < ROUNDS; i++) {
        free(held[i % 512]);
        held[i % 512] = malloc(size);
    }
    for (int i = 0; i < 512; i++)
        free(held[i]);
    malloc_trim(0);
}

/* A live block of at least one byte, and no C++ one unless that is no matter. */
static void have(struct block *block, const struct operation *o, int any_family) {
    const struct operation fresh = {o->thread, MALLOC, o->block, o->fill, o->a % 4000 + 1, 0, -1};
    if (block->at && (block->size == 0 || (block->family != BY_MALLOC && !any_family)))
        release(block, FREE);
    if (!block->at)
        allocate(block, &fresh);
}

static void misuse_foreign(size_t kind) {
    static char here[64] __attribute__((aligned(64)));
    char there[64] __attribute__((aligned(64)));
    void *const mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *const all[] = {here, there, mapped, (void *)16};
    void *const at = launder(all[kind % 4]);
    EXPECT("invalid free of %p (%s)\n", at,
           kind % 4 == 3 ? "not a valid address" : "not from this allocator");
    free(at);
}

/* An address that is no block's any more. That of a large block is known as long as it is among the
 * last 256, but its place may be inside another one's by now. Of slots that are all at home when memory runs
 * out, nothing is remembered. */
static void misuse_stale(unsigned char *at) {
    int is_free = at != NULL;
    for (int i = 0; i < BLOCKS; i++)
        is_free &= !blocks[i].at || at < blocks[i].at || at > blocks[i].at + blocks[i].size;
    if (!is_free) {
        EXPECT("nothing\n");
        _exit(0);
    }
    EXPECT("double free of %p|invalid free of %p (inside an allocation)|invalid free of %p (never allocated)\n",
           at, at, at);
    free(launder(at));
}

static void misuse_overflow(struct block *block, size_t offset) {
    unsigned char *const at = block->at, *const end = at + block->size;
    /* Slots, aligned or not, have eight bytes of canary at their end; large blocks end at a multiple of
     * 16 of bytes before a page that is not there. */
    const int may_stop = block->size > SMALL_MAX || block->align > 16;
    offset %= block->size > SMALL_MAX ? 16 : 8;
    EXPECT("overflow past the requested size of %p|overflow, canary overwritten behind %p%s\n", at, at,
           may_stop ? "|SIGSEGV" : "");
    end[offset] ^= 0x5a;
    free(launder(at));
}

static void misuse(struct block *block, const struct operation *o) {
    if (o->word == FOREIGN_FREE)
        return misuse_foreign(o->a);
    if (o->word == STALE_FREE)
        return misuse_stale(o->b % 2 && block->moved_from ? block->moved_from : block->was_at);
    have(block, o, o->word == WRONG_FAMILY || o->word == INTERIOR_FREE);
    unsigned char *const at = block->at;
    const size_t size = block->size;
    switch (o->word) {
    case DOUBLE_FREE:
        EXPECT("double free of %p\n", at);
        free(launder(at));
        free(launder(at));
        break;
    case INTERIOR_FREE: {
        size_t offset = size == 1 ? 1 : o->b % (size - 1) + 1;
        /* Half of them where a block could start. */
        if (o->b % 2 == 0 && offset >= 16)
            offset -= offset % 16;
        EXPECT("invalid free of %p (%s)\n", at + offset,
               offset % 16 == 0 ? "inside an allocation" : "not aligned");
        free(launder(at + offset));
        break;
    }
    case OVERFLOW: misuse_overflow(block, o->b); break;
    case WRITE_AFTER_FREE: {
        const size_t small = o->a % 4000 + 1;
        unsigned char *const fresh = malloc(small);
        EXPECT("write after free to %p\n", fresh);
        free(launder(fresh));
        fresh[o->b % small] = 0x41;
        use_again(small);
        break;
    }
    case WRONG_SIZE: {
        const size_t stated = o->b % 2 ? size + 1 + o->b / 2 % 5000 : size - 1 - o->b / 2 % size;
        EXPECT("size mismatch in free_sized of %p\n", at);
        free_sized(launder(at), stated);
        break;
    }
    case WRONG_ALIGNMENT: {
        const size_t has = (uintptr_t)at & -(uintptr_t)at;
        EXPECT("alignment mismatch in free_aligned_sized of %p\n", at);
        free_aligned_sized(launder(at), o->b % 2 ? has * 2 : 48, size);
        break;
    }
    case WRONG_FAMILY:
        if (block->family == BY_MALLOC) {
            EXPECT("type mismatch in delete of %p\n", at);
            _ZdlPv(launder(at));
        } else {
            EXPECT("type mismatch in free of %p\n", at);
            free(launder(at));
        }
        break;
    case FREED_REALLOC:
        EXPECT("realloc of freed memory at %p\n", at);
        free(launder(at));
        launder(realloc(launder(at), o->b % 100000));
        break;
    case FREED_USABLE_SIZE:
        EXPECT("malloc_usable_size of freed memory at %p\n", at);
        free(launder(at));
        malloc_usable_size(launder(at));
        break;
    }
}

#endif
