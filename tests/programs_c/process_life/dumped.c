/* What a dump of the process holds: what blocks were given, and none of all that is only reserved, which tools that go by the
 * list of mappings would write as zeros. */
#include "check.h"

enum { SIZES = 6 };

int main(void) {
    static const size_t sizes[SIZES] = {24, 1000, 5000, 60000, 200000, 3 << 20};
    char *blocks[SIZES];
    for (int i = 0; i < SIZES; i++)
        memset(blocks[i] = launder(malloc(sizes[i])), 1, sizes[i]);
    FILE *maps = fopen("/proc/self/smaps", "r");
    CHECK(maps);
    char line[500], access[8];
    unsigned long start = 0, end = 0, from, to, offset;
    size_t dumped = 0;
    int found = 0;
    while (fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx %7s %lx", &from, &to, access, &offset) == 4)
            start = from, end = to;
        if (strncmp(line, "VmFlags:", 8) != 0)
            continue;
        const int is_left_out = strstr(line, " dd") != NULL;
        if (!is_left_out)
            dumped += end - start;
        for (int i = 0; i < SIZES; i++)
            if ((uintptr_t)blocks[i] >= start && (uintptr_t)blocks[i] < end) {
                CHECK(!is_left_out);
                found++;
            }
    }
    dprintf(1, "%zu MiB are dumped\n", dumped >> 20);
    CHECK(found == SIZES && dumped < (size_t)1 << 28);
    return 0;
}
