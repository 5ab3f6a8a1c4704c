/* Brings its own malloc family, as programs with a linked-in allocator do. The loader takes
 * these names from the program before any preload; a name that is missing here comes from
 * the preload, and libc's version of it would be built on the functions below. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Alignas(16) char heap[1 << 20];
static size_t used;

static void check(void *p) {
    if (p && ((char *)p < heap || (char *)p >= heap + sizeof heap)) {
        static const char text[] = "a block of another allocator\n";
        (void)!write(STDOUT_FILENO, text, sizeof text - 1);
        _exit(3);
    }
}

void *malloc(size_t size) {
    size_t whole = (size + 16 + 15) & ~(size_t)15;
    if (whole < size || whole > sizeof heap - used) {
        errno = ENOMEM;
        return NULL;
    }
    size_t *head = (size_t *)(heap + used);
    used += whole;
    *head = whole - 16;
    return (char *)head + 16;
}

void free(void *p) {
    check(p);
}

void *calloc(size_t count, size_t size) {
    void *p = malloc(count * size);
    return p ? memset(p, 0, count * size) : NULL;
}

void *realloc(void *old, size_t size) {
    check(old);
    void *p = malloc(size);
    if (p && old) {
        size_t held = *(size_t *)((char *)old - 16);
        memcpy(p, old, held < size ? held : size);
    }
    return p;
}

int main(void) {
    char *p = malloc(10);
    strcpy(p, "moved on");
    p = reallocarray(p, 100, 10);
    puts(p);
    free(p);
    char *text, *line = NULL;
    size_t room = 0;
    if (asprintf(&text, "printed %d", 42) < 0) return 1;
    puts(text);
    free(text);
    p = strdup("copied");
    puts(p);
    free(p);
    FILE *in = fopen("/proc/self/status", "r");
    printf("read %d\n", getline(&line, &room, in) > 0);
    fclose(in);
    free(line);
    return 0;
}
