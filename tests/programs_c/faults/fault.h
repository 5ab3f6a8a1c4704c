/* What the misuse programs share: lines on standard output that say how far they came and
 * which address the report must name. Nothing here allocates. */
#ifndef FAULT_H
#define FAULT_H

#include "check.h"

static inline void say_text(const char *text) {
    const ssize_t length = strlen(text);
    CHECK(write(1, text, length) == length);
}

/* A line of a word and an address. */
static inline void say_address(const char *word, const volatile void *address) {
    char line[64], *end = line + sizeof line, *at = end;
    *--at = '\n';
    uintptr_t rest = (uintptr_t)address;
    do
        *--at = "0123456789abcdef"[rest % 16];
    while (rest /= 16);
    *--at = 'x';
    *--at = '0';
    *--at = ' ';
    at -= strlen(word);
    memcpy(at, word, strlen(word));
    CHECK(write(1, at, end - at) == end - at);
}

/* A line of a word and a number. */
static inline void say_number(const char *word, unsigned long long number) {
    char line[64], *end = line + sizeof line, *at = end;
    *--at = '\n';
    do
        *--at = '0' + number % 10;
    while (number /= 10);
    *--at = ' ';
    at -= strlen(word);
    memcpy(at, word, strlen(word));
    CHECK(write(1, at, end - at) == end - at);
}

/* Stands just before the misuse of the block at `address`: all up to it must have worked. */
#define MISUSE(address) say_address("reached", address)

/* The misuse was not noticed. */
#define SURVIVED                                                               \
    do {                                                                       \
        say_text("survived\n");                                                \
        _exit(0);                                                              \
    } while (0)

/* The argument number `index` as a number; base 16 works too. */
static inline size_t number_argument(char **argv, int index) {
    for (int i = 1; i <= index; i++)
        CHECK(argv[i]);
    return strtoull(argv[index], NULL, 0);
}

/* Blocks of `size` bytes that suffice to meet a slot again or to have neighbours, without
 * taking much memory. */
static inline int enough_blocks(size_t size) {
    const size_t fit = ((size_t)32 << 20) / (size + 1);
    return fit < 64 ? 64 : fit > 4000 ? 4000 : (int)fit;
}

/* Allocates and frees blocks of one size for so long that every freed slot leaves quarantine,
 * then allocates so many at once that every free slot is handed out. */
static inline void wait_for_reuse(size_t size) {
    enum { MOST = 4000 };
    static void *live[MOST];
    const int count = enough_blocks(size);
    const int rounds = size > 5000 ? 10 : 30;
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < count; i++)
            live[i] = malloc(size);
        for (int i = 0; i < count; i++)
            free(live[i]);
    }
    for (int i = 0; i < 3 * count; i++)
        launder(malloc(size));
}

#endif
