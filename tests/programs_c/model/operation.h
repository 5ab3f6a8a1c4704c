/* The language of operations: one a line, as words and decimal numbers,
 *
 *     THREAD WORD BLOCK A B FILL
 *
 * with the thread that does it (0 is the main one), a number for the block it is about,
 * two arguments, and how much of a new block is written, in percent. The first line says
 * whether operations run one after another (`serial`) or each thread's at the same time as
 * the others' (`parallel`). Every operation makes sense in every state, so any part of a
 * sequence is a sequence too. */
#ifndef OPERATION_H
#define OPERATION_H

#include "check.h"
#include <fcntl.h>

enum { OPERATIONS = 1 << 15, BLOCKS = 256, THREADS = 8 };

enum word {
    /* Allocate: A is the size, or B members of A bytes, or A bytes at a multiple of B. */
    MALLOC, CALLOC, ALIGNED_ALLOC, POSIX_MEMALIGN, NEW, NEW_ARRAY,
    /* Resize to A bytes, or to B members of A bytes. */
    REALLOC, REALLOCARRAY,
    /* Give back. */
    FREE, FREE_SIZED, FREE_ALIGNED_SIZED,
    /* Look at the block; ask for its size; write to it anew. */
    LOOK, USABLE_SIZE, WRITE,
    /* Allocate A bytes and give them back, B times, so that memory comes again. */
    CHURN,
    /* The whole: trim, statistics, the thread ends (its next one takes over), fork. */
    TRIM, STATISTICS, EXIT, FORK,
    /* Misuse: the last operation of a sequence. */
    DOUBLE_FREE, STALE_FREE, INTERIOR_FREE, FOREIGN_FREE, OVERFLOW, WRITE_AFTER_FREE,
    WRONG_SIZE, WRONG_ALIGNMENT, WRONG_FAMILY, FREED_REALLOC, FREED_USABLE_SIZE,
    WORDS
};

static const char *const word_names[WORDS] = {
    "malloc", "calloc", "aligned_alloc", "posix_memalign", "new", "new_array",
    "realloc", "reallocarray",
    "free", "free_sized", "free_aligned_sized",
    "look", "usable_size", "write", "churn",
    "trim", "statistics", "exit", "fork",
    "double_free", "stale_free", "interior_free", "foreign_free", "overflow", "write_after_free",
    "wrong_size", "wrong_alignment", "wrong_family", "freed_realloc", "freed_usable_size",
};

struct operation {
    int thread, word, block, fill;
    size_t a, b;
    /* The last one before it about the same block, or -1. */
    int before;
};

static struct operation operations[OPERATIONS];
static int operation_count;
static int is_serial;

/* The operation that this thread is at, for a message. */
static __thread int current = -1;

static int is_about_a_block(int word) {
    return word < TRIM || word >= DOUBLE_FREE;
}

/* The first difference between the heap and the model ends the program. Allocates nothing:
 * what is wrong may be the heap. */
#define DEVIATES(...)                                                          \
    do {                                                                       \
        const int saved = errno;                                               \
        dprintf(1, "operation %d", current);                                   \
        if (current >= 0) {                                                    \
            const struct operation *o = &operations[current];                  \
            dprintf(1, " (%d %s %d %zu %zu %d)", o->thread,                    \
                    word_names[o->word], o->block, o->a, o->b, o->fill);       \
        }                                                                      \
        dprintf(1, ": " __VA_ARGS__);                                          \
        dprintf(1, " (errno %d)\n", saved);                                    \
        _exit(1);                                                              \
    } while (0)

#define HOLDS(condition, ...)                                                  \
    do {                                                                       \
        if (!(condition))                                                      \
            DEVIATES(__VA_ARGS__);                                             \
    } while (0)

static const char *next_word(const char *at, char *word, size_t room) {
    size_t length = 0;
    while (*at == ' ' || *at == '\n')
        at++;
    while (*at > ' ' && length + 1 < room)
        word[length++] = *at++;
    word[length] = 0;
    return at;
}

static const char *next_number(const char *at, size_t *number) {
    char word[32];
    at = next_word(at, word, sizeof word);
    CHECK(word[0] >= '0' && word[0] <= '9');
    *number = strtoull(word, NULL, 10);
    return at;
}

static void read_operations(const char *file) {
    static char text[OPERATIONS * 64];
    static int last_about[BLOCKS];
    const int descriptor = strcmp(file, "-") == 0 ? 0 : open(file, O_RDONLY);
    CHECK(descriptor >= 0);
    size_t length = 0;
    ssize_t got;
    while ((got = read(descriptor, text + length, sizeof text - 1 - length)) > 0)
        length += got;
    if (descriptor != 0)
        close(descriptor);
    CHECK(got == 0 && length < sizeof text - 1);
    memset(last_about, -1, sizeof last_about);

    char word[32];
    const char *at = next_word(text, word, sizeof word);
    is_serial = strcmp(word, "serial") == 0;
    CHECK(is_serial || strcmp(word, "parallel") == 0);
    while (at = next_word(at, word, sizeof word), word[0]) {
        struct operation *o = &operations[operation_count];
        size_t block, fill;
        CHECK(operation_count < OPERATIONS);
        o->thread = atoi(word) % THREADS;
        at = next_word(at, word, sizeof word);
        for (o->word = 0; o->word < WORDS && strcmp(word, word_names[o->word]) != 0;)
            o->word++;
        CHECK(o->word < WORDS);
        at = next_number(at, &block);
        at = next_number(at, &o->a);
        at = next_number(at, &o->b);
        at = next_number(at, &fill);
        o->block = block % BLOCKS;
        o->fill = fill % 101;
        o->before = -1;
        if (is_about_a_block(o->word)) {
            o->before = last_about[o->block];
            last_about[o->block] = operation_count;
        }
        operation_count++;
    }
}

#endif
