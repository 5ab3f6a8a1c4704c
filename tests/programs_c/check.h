/* What the test programs share: a check that ends the program, one line of
 * answer, a small generator, and readings of the process's own state. */
#ifndef CHECK_H
#define CHECK_H

#include <errno.h>
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __cplusplus
#define CHECK_LANGUAGE extern "C"
#else
#define CHECK_LANGUAGE
#endif

/* Ends the program with status 1 and says why. Allocates nothing. */
#define CHECK(condition)                                                       \
    do {                                                                       \
        if (!(condition)) {                                                    \
            dprintf(2, "line %d: not so: %s (errno %d)\n", __LINE__,           \
                    #condition, errno);                                        \
            _exit(1);                                                          \
        }                                                                      \
    } while (0)

/* One answer: a label, a colon, and the rest. */
#define SAY(...) (printf(__VA_ARGS__), putchar('\n'))

static inline const char *yes_no(int value) { return value ? "yes" : "no"; }

static inline const char *nullness(const void *pointer) {
    return pointer ? "not NULL" : "NULL";
}

static inline const char *errno_name(int value) {
    switch (value) {
    case 0: return "0";
    case EINVAL: return "EINVAL";
    case ENOMEM: return "ENOMEM";
    default: return "another";
    }
}

/* A compiler knows nothing about what has been through here. */
static inline void *launder(void *pointer) {
    __asm__ volatile("" : "+r"(pointer) : : "memory");
    return pointer;
}

static inline int is_aligned(const void *pointer, size_t alignment) {
    return ((uintptr_t)pointer & (alignment - 1)) == 0;
}

static inline int is_filled(const void *pointer, int byte, size_t size) {
    const unsigned char *bytes = (const unsigned char *)pointer;
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != (unsigned char)byte)
            return 0;
    return 1;
}

/* Repeatable numbers; each thread keeps its own state, which must not be 0. */
static inline uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* A size as programs ask for: mostly small, sometimes large. */
static inline size_t random_size(uint64_t *state) {
    uint64_t draw = next_random(state);
    switch (draw % 16) {
    case 0: return (draw >> 8) % 300000;
    case 1:
    case 2: return (draw >> 8) % 20000;
    case 3:
    case 4:
    case 5: return (draw >> 8) % 2000;
    default: return (draw >> 8) % 200;
    }
}

#include <fcntl.h>
#include <sys/resource.h>

/* The number after `key` in a file such as /proc/self/status; -1 without one. */
static inline long proc_number(const char *file, const char *key) {
    static __thread char text[8192];
    int descriptor = open(file, O_RDONLY);
    if (descriptor < 0)
        return -1;
    ssize_t length = read(descriptor, text, sizeof text - 1);
    close(descriptor);
    if (length < 0)
        return -1;
    text[length] = 0;
    const char *found = strstr(text, key);
    return found ? strtol(found + strlen(key), NULL, 10) : -1;
}

/* Page faults of this process so far that needed no file to be read. */
static inline long page_faults(void) {
    struct rusage usage;
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
    return usage.ru_minflt;
}

/* Resident memory and address space in use, in KiB. */
static inline long resident_kib(void) {
    return proc_number("/proc/self/status", "VmRSS:");
}

static inline long address_space_kib(void) {
    return proc_number("/proc/self/status", "VmSize:");
}

/* Lines of /proc/self/maps. */
static inline long mapping_count(void) {
    static char text[1 << 16];
    int descriptor = open("/proc/self/maps", O_RDONLY);
    long lines = 0;
    ssize_t length;
    CHECK(descriptor >= 0);
    while ((length = read(descriptor, text, sizeof text)) > 0)
        for (ssize_t i = 0; i < length; i++)
            lines += text[i] == '\n';
    close(descriptor);
    return lines;
}

#endif
