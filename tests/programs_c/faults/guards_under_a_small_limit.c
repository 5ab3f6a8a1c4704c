/* 256 MiB of small blocks are allocated. Says how many mappings that takes, and how many
 * guards there are and could not be had, by malloc_info. */
#include "fault.h"

static size_t figure(const char *text, const char *name) {
    char key[64];
    snprintf(key, sizeof key, "<%s value=\"", name);
    const char *found = strstr(text, key);
    CHECK(found);
    return strtoull(found + strlen(key), NULL, 10);
}

int main(void) {
    for (size_t bytes = 0; bytes < (size_t)256 << 20; bytes += 64) {
        char *p = launder(malloc(56));
        CHECK(p);
        *p = 1;
    }
    static char text[1 << 16];
    FILE *stream = fmemopen(text, sizeof text, "w");
    CHECK(malloc_info(0, stream) == 0);
    fclose(stream);
    say_number("mappings", mapping_count());
    say_number("guards", figure(text, "guards"));
    say_number("missing", figure(text, "guards_missing"));
    _exit(0);
}
