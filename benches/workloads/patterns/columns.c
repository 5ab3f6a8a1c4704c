/* Grows vectors side by side, each by doubling into a new block, and drops them
 * all: the columns of a table, buckets, adjacency lists. Every size is used by
 * all of them at once, and by none until the next round. */
#include "support.h"

struct vector {
    size_t *items;
    size_t count, room;
};

static void push(struct vector *vector, size_t item) {
    if (vector->count == vector->room) {
        size_t room = vector->room == 0 ? 8 : vector->room * 2;
        size_t *items = must(malloc(room * sizeof *items));
        if (vector->count > 0) {
            memcpy(items, vector->items, vector->count * sizeof *items);
        }
        free(vector->items);
        vector->items = items;
        vector->room = room;
    }
    vector->items[vector->count++] = item;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    size_t columns = setting("columns", 100);
    size_t rows = setting("rows", 20000);
    size_t rounds = setting("rounds", 20);
    settings_done();

    struct vector *vectors = must(calloc(columns, sizeof *vectors));
    uint64_t sum = 0;
    for (size_t round = 0; round < rounds; round++) {
        for (size_t row = 0; row < rows; row++) {
            for (size_t column = 0; column < columns; column++) {
                push(&vectors[column], row * column + round);
            }
        }
        for (size_t column = 0; column < columns; column++) {
            sum += vectors[column].items[rows / 2] + vectors[column].items[rows - 1];
            free(vectors[column].items);
            vectors[column] = (struct vector){0};
        }
    }
    free(vectors);
    report("checksum", sum);
    return 0;
}
