/* Counts words and joins them into lines: text tools and interpreters, which
 * make many short copies and grow strings by appending. */
#include "support.h"

struct entry {
    struct entry *next;
    char *word;
    size_t count;
};

enum { BUCKETS = 4096 };

static struct entry *table[BUCKETS];

static size_t hash(const char *word) {
    uint64_t value = 14695981039346656037u;
    for (; *word != 0; word++) {
        value = (value ^ (unsigned char)*word) * 1099511628211u;
    }
    return (size_t)(value % BUCKETS);
}

static void count_word(const char *word) {
    struct entry **place = &table[hash(word)];
    for (struct entry *entry = *place; entry != NULL; entry = entry->next) {
        if (strcmp(entry->word, word) == 0) {
            entry->count++;
            return;
        }
    }
    struct entry *entry = must(malloc(sizeof *entry));
    entry->word = must(strdup(word));
    entry->count = 1;
    entry->next = *place;
    *place = entry;
}

static char *random_word(struct generator *random) {
    char letters[24];
    /* The smaller of two draws: short words are common, as in language. */
    size_t first = below(random, 20), second = below(random, 20);
    size_t length = 1 + (first < second ? first : second);
    for (size_t i = 0; i < length; i++) {
        letters[i] = (char)('a' + below(random, 6));
    }
    letters[length] = 0;
    return must(strdup(letters));
}

static char *appended(char *line, size_t *length, const char *word) {
    size_t more = strlen(word);
    line = must(realloc(line, *length + more + 2));
    memcpy(line + *length, word, more);
    *length += more;
    line[(*length)++] = ' ';
    line[*length] = 0;
    return line;
}

static uint64_t drop_table(void) {
    uint64_t sum = 0;
    for (size_t i = 0; i < BUCKETS; i++) {
        while (table[i] != NULL) {
            struct entry *entry = table[i];
            table[i] = entry->next;
            sum += entry->count * strlen(entry->word);
            free(entry->word);
            free(entry);
        }
    }
    return sum;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    size_t rounds = setting("rounds", 12);
    size_t lines = setting("lines", 6000);
    size_t words = setting("words", 12);
    struct generator random = seeded(setting("seed", 3));
    settings_done();

    uint64_t sum = 0;
    for (size_t round = 0; round < rounds; round++) {
        char **texts = must(calloc(lines, sizeof *texts));
        for (size_t i = 0; i < lines; i++) {
            size_t length = 0;
            for (size_t j = 0; j < words; j++) {
                char *word = random_word(&random);
                count_word(word);
                texts[i] = appended(texts[i], &length, word);
                free(word);
            }
        }
        for (size_t i = 0; i < lines; i++) {
            sum += strlen(texts[i]);
            free(texts[i]);
        }
        free(texts);
        sum += drop_table();
    }
    report("checksum", sum);
    return 0;
}
