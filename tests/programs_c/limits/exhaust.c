/* Under a limit on the address space, each function runs into NULL and ENOMEM, never
 * into a crash; what was allocated stays whole; and after freeing, all is well again.
 * With an argument, eight threads do so at once. */
#include "check.h"
#include <pthread.h>

enum { MOST = 4 << 20 };

static void *by_malloc(size_t n) { return malloc(n); }
static void *by_calloc(size_t n) { return calloc(1, n); }
static void *by_realloc(size_t n) { return realloc(NULL, n); }
static void *by_growth(size_t n) {
    void *p = malloc(n / 2 + 1);
    if (!p)
        return NULL;
    memset(p, 3, n / 2 < 100 ? n / 2 : 100);
    void *q = realloc(p, n);
    if (!q) {
        const int error = errno;
        CHECK(is_filled(p, 3, n / 2 < 100 ? n / 2 : 100));
        free(p);
        errno = error;
    }
    return q;
}
static void *by_reallocarray(size_t n) { return reallocarray(NULL, 1, n); }
static void *by_memalign(size_t n) { return memalign(64, n); }
static void *by_aligned_alloc(size_t n) { return aligned_alloc(8192, n); }
static void *by_valloc(size_t n) { return valloc(n); }
static void *by_pvalloc(size_t n) { return pvalloc(n); }
static void *by_posix_memalign(size_t n) {
    void *mark = &errno, *p = mark;
    const int answer = posix_memalign(&p, 256, n);
    CHECK(answer == 0 || (answer == ENOMEM && p == mark));
    if (answer)
        errno = answer;
    return answer ? NULL : p;
}

static void *(*const functions[])(size_t) = {
    by_malloc,   by_calloc,        by_realloc, by_growth,  by_reallocarray,
    by_memalign, by_aligned_alloc, by_valloc,  by_pvalloc, by_posix_memalign,
};

static const size_t sizes[] = {64, 900, 5000, 40000, 200000, 3 << 20, 50 << 20};

/* Blocks hang on one another, so that no other memory is needed to keep them. */
struct link {
    struct link *next;
    size_t mark;
};

/* Allocates until there is no more. How much fitted, in bytes. */
static size_t exhaust(void *(*allocate)(size_t), size_t size) {
    struct link *last = NULL;
    size_t count = 0;
    for (;;) {
        errno = 0;
        struct link *fresh = allocate(size);
        if (!fresh)
            break;
        CHECK(malloc_usable_size(fresh) >= size);
        CHECK(is_aligned(fresh, 16));
        *fresh = (struct link){last, count * 31 + size};
        last = fresh;
        CHECK(++count < MOST * 4u);
    }
    CHECK(errno == ENOMEM);
    for (size_t left = count; last; left--) {
        struct link *next = last->next;
        CHECK(last->mark == (left - 1) * 31 + size);
        errno = 1789;
        free(last);
        CHECK(errno == 1789);
        last = next;
    }
    return count * size;
}

static pthread_barrier_t all_there;

static void *worker(void *number) {
    pthread_barrier_wait(&all_there);
    for (int i = 0; i < 2; i++) {
        const size_t which = (uintptr_t)number + i * 3;
        exhaust(functions[which % 10], sizes[which % 7]);
        exhaust(functions[(which + 5) % 10], sizes[(which + 2) % 7]);
    }
    return NULL;
}

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) {
        pthread_t thread[8];
        pthread_attr_t small_stack;
        pthread_attr_init(&small_stack);
        pthread_attr_setstacksize(&small_stack, 256 << 10);
        pthread_barrier_init(&all_there, NULL, 8);
        for (intptr_t i = 0; i < 8; i++)
            CHECK(pthread_create(&thread[i], &small_stack, worker, (void *)i) == 0);
        for (int i = 0; i < 8; i++)
            CHECK(pthread_join(thread[i], NULL) == 0);
    } else {
        for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
            for (size_t k = i % 2; k < sizeof sizes / sizeof *sizes; k += 2)
                exhaust(functions[i], sizes[k]);
    }
    /* Nothing was lost on the way: large and small still fit. */
    CHECK(exhaust(by_malloc, 1000) > 8 << 20);
    CHECK(exhaust(by_malloc, 1 << 20) > 20 << 20);
    free(malloc(100));
}
