/*
 * What every pattern shares: settings from the command line, a seeded
 * generator, and the lines a pattern reports.
 *
 * A pattern prints `checksum=N`, which must not depend on the allocator or on
 * the order in which threads ran: the runner compares it between allocators,
 * so a lost or mixed-up byte shows as a failure instead of a good time.
 */
#ifndef SUPPORT_H
#define SUPPORT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KIB ((size_t)1024)
#define MIB (KIB * 1024)

/* Lets a pattern include the header without using all of it. */
#define SHARED static __attribute__((unused))

SHARED void fail(const char *what) {
    /* No stdio: the heap may be what failed. */
    ssize_t ignored = write(2, what, strlen(what));
    ignored = write(2, "\n", 1);
    (void)ignored;
    _exit(1);
}

SHARED void *must(void *memory) {
    if (memory == NULL) {
        fail("out of memory");
    }
    return memory;
}

/* ---- settings: `name=value` arguments, all of them unsigned numbers ---- */

static int argument_count;
static char **arguments;
static int settings_read;

SHARED void begin(int count, char **values) {
    argument_count = count;
    arguments = values;
}

SHARED size_t setting(const char *name, size_t fallback) {
    size_t length = strlen(name);
    for (int i = 1; i < argument_count; i++) {
        if (strncmp(arguments[i], name, length) == 0 && arguments[i][length] == '=') {
            settings_read++;
            return strtoull(arguments[i] + length + 1, NULL, 10);
        }
    }
    return fallback;
}

/* A misspelt setting would silently measure something else. */
SHARED void settings_done(void) {
    if (settings_read != argument_count - 1) {
        fail("unknown setting");
    }
}

/* ---- generator: splitmix64, small enough not to show in a profile ---- */

struct generator {
    uint64_t state;
};

SHARED struct generator seeded(uint64_t seed) {
    return (struct generator){seed * 0x9e3779b97f4a7c15u + 1};
}

SHARED uint64_t next(struct generator *generator) {
    uint64_t word = generator->state += 0x9e3779b97f4a7c15u;
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9u;
    word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
    return word ^ (word >> 31);
}

/* Multiply and shift instead of a remainder: a division would cost as much as
 * the allocation that is being timed. */
SHARED size_t below(struct generator *generator, size_t limit) {
    return (size_t)(((unsigned __int128)next(generator) * limit) >> 64);
}

/* A size from `low` to twice that, or to `maximum` if that is less. */
SHARED size_t between_doublings(struct generator *generator, size_t low, size_t maximum) {
    size_t high = low * 2 < maximum ? low * 2 : maximum;
    return low + below(generator, high - low + 1);
}

/* A size whose logarithm is spread evenly, as the sizes of real programs are:
 * each doubling is as likely as the next, so small ones dominate. */
SHARED size_t mixed_size(struct generator *generator, size_t minimum, size_t maximum) {
    unsigned doublings = 0;
    while ((minimum << (doublings + 1)) <= maximum) {
        doublings++;
    }
    return between_doublings(generator, minimum << below(generator, doublings + 1), maximum);
}

/* The same with each doubling half as often as the one before it. */
SHARED size_t skewed_size(struct generator *generator, size_t minimum, size_t maximum) {
    size_t low = minimum;
    while (low * 2 <= maximum && below(generator, 2) == 1) {
        low *= 2;
    }
    return between_doublings(generator, low, maximum);
}

/* ---- use of memory ---- */

/* Hides a pointer from the optimiser, which may otherwise drop a malloc and
 * free pair altogether. */
SHARED void *keep(void *memory) {
    __asm__ volatile("" : "+r"(memory) : : "memory");
    return memory;
}

/* Writes one byte a page and the last one: makes the memory resident without
 * the cost of filling it. */
SHARED void touch_pages(unsigned char *bytes, size_t size, unsigned char value) {
    for (size_t at = 0; at < size; at += 4096) {
        bytes[at] = value;
    }
    bytes[size - 1] = value;
}

/* ---- reports ---- */

SHARED void report(const char *name, uint64_t value) {
    char line[128];
    int length = snprintf(line, sizeof line, "%s=%llu\n", name, (unsigned long long)value);
    if (write(1, line, (size_t)length) != length) {
        fail("cannot write the report");
    }
}

/* Resident memory now. smaps_rollup walks the page tables; the cheaper statm
 * lags behind by some pages for every thread. */
SHARED void report_settled(void) {
    static char text[4096];
    int file = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    }
    if (file < 0) {
        return;
    }
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    text[length > 0 ? length : 0] = 0;
    char *line = strstr(text, "\nRss:");
    if (line == NULL) {
        line = strstr(text, "\nVmRSS:");
    }
    if (line != NULL) {
        report("settled_kib", strtoull(strchr(line, ':') + 1, NULL, 10));
    }
}

/* ---- threads ---- */

SHARED void start_thread(pthread_t *thread, void *(*body)(void *), void *argument) {
    if (pthread_create(thread, NULL, body, argument) != 0) {
        fail("cannot start a thread");
    }
}

SHARED void join_thread(pthread_t thread) {
    if (pthread_join(thread, NULL) != 0) {
        fail("cannot join a thread");
    }
}

#endif
