/* The operations that any correct program may make, each with what must be so afterwards. */
#ifndef CALLS_H
#define CALLS_H

#include "block.h"
#include <stdint.h>

extern void free_sized(void *, size_t) __attribute__((weak));
extern void free_aligned_sized(void *, size_t, size_t) __attribute__((weak));
/* C++'s operators: new, new[], delete and delete[], the last two with and without a size. */
extern void *_Znwm(size_t) __attribute__((weak));
extern void *_Znam(size_t) __attribute__((weak));
extern void _ZdlPv(void *) __attribute__((weak));
extern void _ZdaPv(void *) __attribute__((weak));
extern void _ZdlPvm(void *, size_t) __attribute__((weak));
extern void _ZdaPvm(void *, size_t) __attribute__((weak));

/* Not a number that any function sets. */
enum { UNTOUCHED = 4242 };
/* A request up to here must be met; one beyond any address space must be refused. */
static const size_t MODEST = (size_t)64 << 20;
static const size_t IMPOSSIBLE = (size_t)1 << 47;

/* Every call is made through this: errno may change only where it says why there is no result. */
#define CALLED(call, expected_errno)                                           \
    do {                                                                       \
        errno = UNTOUCHED;                                                     \
        call;                                                                  \
        HOLDS(errno == (expected_errno), "errno is not %d", (expected_errno)); \
    } while (0)

/* How many blocks this thread gave back. */
static __thread size_t given_back;

static void release(struct block *block, int word) {
    void *const at = block->at;
    const size_t size = block->size, align = block->align;
    const enum family family = block->family;
    const int is_sized = word != FREE;
    if (at) {
        set_busy(block, 1);
        expect_contents(block);
        leave(block);
        given_back++;
    }
    if (at && family == BY_NEW && is_sized)
        CALLED(_ZdlPvm(at, size), UNTOUCHED);
    else if (at && family == BY_NEW_ARRAY && is_sized)
        CALLED(_ZdaPvm(at, size), UNTOUCHED);
    else if (at && family == BY_NEW)
        CALLED(_ZdlPv(at), UNTOUCHED);
    else if (at && family == BY_NEW_ARRAY)
        CALLED(_ZdaPv(at), UNTOUCHED);
    else if (word == FREE_SIZED)
        CALLED(free_sized(at, size), UNTOUCHED);
    else if (word == FREE_ALIGNED_SIZED)
        CALLED(free_aligned_sized(at, align, size), UNTOUCHED);
    else
        CALLED(free(at), UNTOUCHED);
}

/* The product, or something impossible where it overflows. */
static size_t array_size(size_t count, size_t each) {
    size_t size;
    return __builtin_mul_overflow(count, each, &size) ? SIZE_MAX : size;
}

/* What to allocate is in `o`; the block's entry is vacant. */
static void allocate(struct block *block, const struct operation *o) {
    size_t size = o->a, align = 16;
    enum family family = BY_MALLOC;
    void *at = NULL;
    int error = 0, expected = 0;
    if (o->word == CALLOC)
        size = array_size(o->b, o->a);
    if (o->word == NEW || o->word == NEW_ARRAY)
        size %= MODEST;
    if (o->word == ALIGNED_ALLOC || o->word == POSIX_MEMALIGN) {
        align = o->b;
        const size_t least = o->word == POSIX_MEMALIGN ? sizeof(void *) : 1;
        if (align < least || (align & (align - 1)) != 0)
            expected = EINVAL;
    }
    if (expected == 0 && (size >= IMPOSSIBLE || align >= IMPOSSIBLE))
        expected = ENOMEM;
    errno = UNTOUCHED;
    switch (o->word) {
    case CALLOC: at = calloc(o->b, o->a); break;
    case ALIGNED_ALLOC: at = aligned_alloc(align, size); break;
    case NEW: at = _Znwm(size); family = BY_NEW; break;
    case NEW_ARRAY: at = _Znam(size); family = BY_NEW_ARRAY; break;
    case POSIX_MEMALIGN:
        at = &error;
        error = posix_memalign(&at, align, size);
        HOLDS(errno == UNTOUCHED, "posix_memalign sets errno");
        HOLDS((error == 0) == (at != &error), "posix_memalign: %d and %p", error, at);
        if (error != 0)
            errno = error, at = NULL;
        break;
    default: at = malloc(size); break;
    }
    if (expected != 0) {
        HOLDS(at == NULL, "%p where there should be nothing", at);
        HOLDS(errno == expected, "errno is not %d", expected);
        return;
    }
    HOLDS(at != NULL, "no memory for %zu bytes", size);
    HOLDS(errno == UNTOUCHED, "errno changed");
    block->written = 0;
    enter(block, at, size, align < 16 ? 16 : align, family);
    expect_contents(block);
    write_pattern(block, current + 1, o->fill);
    set_busy(block, 0);
}

/* What a resize left: the old contents as far as both sizes go, zeros behind. */
static void keep_prefix(struct block *block, size_t size) {
    if (block->written > size)
        block->written = size;
    expect_contents(block);
}

static void resize(struct block *block, const struct operation *o) {
    if (block->at && block->family != BY_MALLOC)
        release(block, FREE);
    const int is_array = o->word == REALLOCARRAY;
    const size_t size = is_array ? array_size(o->b, o->a) : o->a;
    const size_t old_size = block->size, old_align = block->align;
    void *const old = block->at;
    if (old) {
        set_busy(block, 1);
        expect_contents(block);
        leave(block);
        given_back++;
    } else {
        block->written = 0;
    }
    errno = UNTOUCHED;
    void *const at = is_array ? reallocarray(old, o->b, o->a) : realloc(old, size);
    if (old && size == 0) {
        HOLDS(at == NULL && errno == UNTOUCHED, "realloc to nothing gives %p", at);
        return;
    }
    if (size >= IMPOSSIBLE) {
        HOLDS(at == NULL && errno == ENOMEM, "realloc to %zu bytes gives %p", size, at);
        if (old) {
            enter(block, old, old_size, old_align, BY_MALLOC);
            expect_contents(block);
            set_busy(block, 0);
        }
        return;
    }
    HOLDS(at != NULL, "no memory for %zu bytes", size);
    HOLDS(errno == UNTOUCHED, "errno changed");
    if (old && at != old)
        block->moved_from = old;
    enter(block, at, size, 16, BY_MALLOC);
    keep_prefix(block, size);
    write_pattern(block, current + 1, o->fill);
    set_busy(block, 0);
}

static void expect_usable_size(struct block *block) {
    size_t usable;
    CALLED(usable = malloc_usable_size(block->at), UNTOUCHED);
    const size_t size = block->at ? block->size : 0;
    HOLDS(usable == size, "usable size of %p is %zu, not %zu", block->at, usable, size);
}

static void churn(struct block *block, const struct operation *o) {
    struct operation one = *o;
    for (size_t i = 0; i < o->b % 1024; i++) {
        one.word = i % 2 == 0 ? CALLOC : MALLOC;
        one.b = 1;
        if (block->at)
            release(block, i % 3 == 0 ? FREE_SIZED : FREE);
        allocate(block, &one);
    }
    if (block->at)
        release(block, FREE);
}

/* An operation about one block. */
static void operate(struct block *block, const struct operation *o) {
    switch (o->word) {
    case FREE:
    case FREE_SIZED:
    case FREE_ALIGNED_SIZED: release(block, o->word); break;
    case REALLOC:
    case REALLOCARRAY: resize(block, o); break;
    case CHURN: churn(block, o); break;
    case USABLE_SIZE: expect_usable_size(block); break;
    case LOOK:
        if (block->at)
            expect_contents(block);
        break;
    case WRITE:
        if (block->at) {
            set_busy(block, 1);
            expect_contents(block);
            write_pattern(block, current + 1, o->fill);
            set_busy(block, 0);
        }
        break;
    default:
        if (block->at)
            release(block, FREE);
        allocate(block, o);
    }
}

#endif
