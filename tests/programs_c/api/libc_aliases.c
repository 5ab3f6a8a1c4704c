/* The names with which libc's own allocator is reached: the same heap as malloc's. */
#include "check.h"
#include <dlfcn.h>

static void *named(const char *name) {
    void *found = dlsym(RTLD_DEFAULT, name);
    SAY("%s: %s", name, found ? "there" : "absent");
    return found;
}

/* malloc's own functions accept the block. */
static void adopt(const char *name, char *p, size_t size, size_t alignment) {
    int good = p && is_aligned(p, alignment) && malloc_usable_size(p) >= size;
    if (good) {
        memset(p, 3, size);
        p = realloc(p, size * 3);
        good = is_filled(p, 3, size);
        free(p);
    }
    SAY("%s gives malloc's memory: %s", name, yes_no(good));
}

int main(void) {
    void *(*a_malloc)(size_t) = named("__libc_malloc");
    void *(*a_calloc)(size_t, size_t) = named("__libc_calloc");
    void *(*a_realloc)(void *, size_t) = named("__libc_realloc");
    void (*a_free)(void *) = named("__libc_free");
    void *(*a_memalign)(size_t, size_t) = named("__libc_memalign");
    void *(*a_valloc)(size_t) = named("__libc_valloc");
    void *(*a_pvalloc)(size_t) = named("__libc_pvalloc");
    int (*a_posix)(void **, size_t, size_t) = dlsym(RTLD_DEFAULT, "__posix_memalign");
    void (*a_cfree)(void *) = dlsym(RTLD_DEFAULT, "cfree");
    long page = sysconf(_SC_PAGESIZE);
    adopt("__libc_malloc", a_malloc(100), 100, 16);
    adopt("__libc_calloc", a_calloc(10, 10), 100, 16);
    adopt("__libc_realloc", a_realloc(malloc(5), 100), 100, 16);
    adopt("__libc_memalign", a_memalign(512, 100), 100, 512);
    adopt("__libc_valloc", a_valloc(100), 100, page);
    adopt("__libc_pvalloc", a_pvalloc(100), 100, page);
    for (int i = 0; i < 100000; i++)
        a_free(malloc(1000));
    SAY("__libc_free frees malloc's memory: %s", yes_no(resident_kib() < 32768));
    /* Not every libc has the last two. */
    if (a_posix) {
        void *p = NULL;
        CHECK(a_posix(&p, 256, 100) == 0 && is_aligned(p, 256));
        free(p);
        CHECK(a_posix(&p, 3, 100) == EINVAL);
    }
    if (a_cfree) {
        a_cfree(NULL);
        a_cfree(malloc(10));
        a_cfree(malloc(1 << 20));
    }
}
