/* Each function may be the very first one called, in a process and in a thread. */
#include "check.h"
#include <pthread.h>

static const char *which;

static void *first(void *unused) {
    (void)unused;
    void *p = NULL;
    errno = 0;
    if (!strcmp(which, "realloc"))
        CHECK((p = realloc(NULL, 100)));
    else if (!strcmp(which, "calloc"))
        CHECK((p = calloc(10, 10)));
    else if (!strcmp(which, "memalign"))
        CHECK((p = memalign(256, 100)) && is_aligned(p, 256));
    else if (!strcmp(which, "posix_memalign"))
        CHECK(posix_memalign(&p, 64, 100) == 0);
    else if (!strcmp(which, "free"))
        free(NULL);
    else if (!strcmp(which, "malloc_usable_size"))
        CHECK(malloc_usable_size(NULL) == 0);
    else if (!strcmp(which, "malloc_trim"))
        malloc_trim(0);
    else if (!strcmp(which, "mallopt"))
        CHECK(mallopt(M_ARENA_MAX, 1) == 1);
    else if (!strcmp(which, "mallinfo2"))
        CHECK(mallinfo2().uordblks < (size_t)1 << 30);
    else if (!strcmp(which, "too large"))
        CHECK(malloc(SIZE_MAX) == NULL && errno == ENOMEM);
    else
        CHECK((p = malloc(100)));
    if (p)
        memset(p, 1, 100);
    free(p);
    return NULL;
}

int main(int argc, char **argv) {
    which = argc > 1 ? argv[1] : "malloc";
    first(NULL);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, first, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}
