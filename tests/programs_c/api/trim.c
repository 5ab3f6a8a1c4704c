/* malloc_trim gives memory back to the system. */
#include "check.h"

enum { SIZE = 1000, COUNT = 65536 };

int main(void) {
    static char *block[COUNT];
    for (int i = 0; i < COUNT; i++)
        block[i] = memset(malloc(SIZE), 1, SIZE);
    long full = resident_kib();
    /* One block stays, so that nothing is given back by itself from the end. */
    for (int i = 0; i < COUNT - 1; i++)
        free(block[i]);
    int answer = malloc_trim(0);
    long trimmed = resident_kib();
    SAY("64 MiB were in use: %s", yes_no(full > 60000));
    SAY("malloc_trim answers: %d", answer);
    SAY("under 16 MiB stay: %s", yes_no(trimmed < 16384));
    SAY("the last block is whole: %s", yes_no(is_filled(block[COUNT - 1], 1, SIZE)));

    char *large = memset(malloc(40 << 20), 1, 40 << 20);
    free(large);
    malloc_trim(0);
    SAY("a large block goes too: %s", yes_no(resident_kib() < 16384));
    malloc_trim(SIZE_MAX);
    malloc_trim(1);
    for (int i = 0; i < COUNT; i++)
        block[i] = malloc(SIZE);
    SAY("and the heap still works: %s", yes_no(block[COUNT - 2] != NULL));
}
