/* Under RLIMIT_DATA of 64 MiB, set by the caller or, with an argument, by the running program itself:
   refusals, then all is well again. */
#include "check.h"
#include <pthread.h>
#include <sys/resource.h>

struct link {
    struct link *next;
};

static void fill(size_t size) {
    struct link *last = NULL, *fresh;
    size_t count = 0;
    errno = 0;
    while ((fresh = malloc(size))) {
        memset(fresh, 1, size);
        fresh->next = last;
        last = fresh;
        count++;
        CHECK(count * size < 128u << 20);
    }
    CHECK(errno == ENOMEM);
    CHECK(count * size > 8u << 20);
    while (last) {
        struct link *next = last->next;
        free(last);
        last = next;
    }
}

/* Uses every class, as a program does that has run for a while. */
static void run_for_a_while(void) {
    enum { COUNT = 2000 };
    void *blocks[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        CHECK((blocks[i] = malloc(i)));
    for (size_t i = 0; i < COUNT; i++)
        free(blocks[i]);
}

static void *start(void *unused) {
    return unused;
}

int main(int count, char **words) {
    (void)words;
    struct rlimit limit = {64u << 20, 64u << 20};
    if (count > 1) {
        run_for_a_while();
        CHECK(setrlimit(RLIMIT_DATA, &limit) == 0);
        /* A thread's stack counts as data too. */
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, start, NULL) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    }
    CHECK(getrlimit(RLIMIT_DATA, &limit) == 0 && limit.rlim_cur == 64u << 20);
    fill(100);
    fill(3000);
    fill(100000);
    fill(1 << 20);
    fill(100);
    CHECK(malloc(100 << 20) == NULL && errno == ENOMEM);
}
