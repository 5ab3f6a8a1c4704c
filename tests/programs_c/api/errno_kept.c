/* free leaves errno alone, also where it calls the system. */
#include "check.h"
#include <dlfcn.h>

static int kept;

static void release(void (*how)(void *), void *p) {
    errno = 1789;
    how(p);
    kept &= errno == 1789;
}

static void (*free_sized_of_libc)(void *, size_t);
static size_t size_of_next;
static void by_size(void *p) { free_sized_of_libc(p, size_of_next); }

static void rounds(const char *name, void (*how)(void *)) {
    static void *many[20000];
    kept = 1;
    release(how, NULL);
    size_of_next = 10;
    release(how, malloc(10));
    size_of_next = 5 << 20;
    for (int i = 0; i < 20; i++) {
        char *p = malloc(5 << 20);
        memset(p, 1, 5 << 20);
        release(how, p);
    }
    SAY("%s of 5 MiB keeps errno: %s", name, yes_no(kept));
    for (size_t size = 16; size <= 40000; size *= 7) {
        size_of_next = size;
        int count = size > 1000 ? 2000 : 20000;
        for (int i = 0; i < count; i++)
            many[i] = malloc(size);
        for (int i = 0; i < count; i++)
            release(how, many[i]);
    }
    SAY("%s of very many keeps errno: %s", name, yes_no(kept));
}

int main(void) {
    rounds("free", free);
    /* libc before 2.43 has none: the lines are then about plain free again. */
    free_sized_of_libc = dlsym(RTLD_DEFAULT, "free_sized");
    rounds("free_sized", free_sized_of_libc ? by_size : free);
}
