/* 256 MiB of live 64-byte objects take fewer than 1,000 mappings. */
#include "check.h"

enum { COUNT = 4 << 20, SIZE = 64 };

int main(void) {
    static char *block[COUNT];
    for (int i = 0; i < COUNT; i++) {
        block[i] = malloc(SIZE);
        CHECK(block[i]);
        block[i][0] = block[i][SIZE - 1] = (char)i;
    }
    const long mappings = mapping_count();
    dprintf(1, "%ld mappings, %ld KiB resident\n", mappings, resident_kib());
    CHECK(mappings < 1000);
    for (int i = 0; i < COUNT; i++) {
        CHECK(block[i][0] == (char)i && block[i][SIZE - 1] == (char)i);
        free(block[i]);
    }
    CHECK(mapping_count() < 1000);
}
