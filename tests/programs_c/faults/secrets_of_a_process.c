/* What a process drew at start: where two spans lie, and the keys of its canaries, which stand beside the two
 * masks in the library's page of what never changes. */
#include "fault.h"

static const unsigned char kept[8] = {255, 255, 255, 0, 255, 255, 255, 255};
static const unsigned char set[8] = {1, 0, 0, 0, 0, 0, 0, 1};

int main(void) {
    char *one = launder(malloc(40)), *other = launder(malloc(1000));
    say_number("region", (uintptr_t)one >> 30);
    say_number("between", ((uintptr_t)other - (uintptr_t)one) >> 12 & 0xffffff);
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "r");
    int pairs = 0;
    while (maps && fgets(line, sizeof line, maps)) {
        uintptr_t start, end;
        if (!strstr(line, "libstarmalloc") || !strstr(line, " r--p ") ||
            sscanf(line, "%zx-%zx", &start, &end) != 2)
            continue;
        for (const uint64_t *at = (uint64_t *)start + 2; at + 1 < (uint64_t *)end; at++) {
            if (memcmp(at, kept, 8) || memcmp(at + 1, set, 8) || !at[-2] || !at[-1])
                continue;
            say_number("first", at[-2]);
            say_number("second", at[-1]);
            pairs++;
        }
    }
    CHECK(pairs == 1);
    _exit(0);
}
