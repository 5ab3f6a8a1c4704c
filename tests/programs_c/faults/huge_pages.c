/* Says the kernel's policy on huge pages for small allocations' memory ("hg" they are wanted, "nh"
 * they are not, "none"), and how many mappings there are after slots of many sizes. */
#include "fault.h"

static void say_policy(const void *of) {
    char line[512];
    int inside = 0;
    FILE *file = fopen("/proc/self/smaps", "r");
    CHECK(file);
    while (fgets(line, sizeof line, file)) {
        unsigned long from, to;
        char access[5];
        if (sscanf(line, "%lx-%lx %4s", &from, &to, access) == 3)
            inside = from <= (uintptr_t)of && (uintptr_t)of < to;
        if (inside && strncmp(line, "VmFlags:", 8) == 0) {
            const char *flag = strstr(line, " hg") ? "hg" : strstr(line, " nh") ? "nh" : "none";
            printf("policy %s\n", flag);
        }
    }
    fclose(file);
}

int main(void) {
    const char *first = NULL;
    for (size_t size = 16; size < 100000; size += size / 8)
        for (int i = 0; i < 30; i++)
            first = memset(launder(malloc(size)), 1, size);
    say_policy(first);
    printf("mappings %ld\n", mapping_count());
    return 0;
}
