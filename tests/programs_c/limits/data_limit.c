/* Under RLIMIT_DATA of 64 MiB, set by the caller: refusals, then all is well again. */
#include "check.h"
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

int main(void) {
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_DATA, &limit) == 0 && limit.rlim_cur == 64u << 20);
    fill(100);
    fill(3000);
    fill(100000);
    fill(1 << 20);
    fill(100);
    CHECK(malloc(100 << 20) == NULL && errno == ENOMEM);
}
