/* Where the kernel can seal mappings: says how many of the library's are, and tries to change each
 * of them. Reads the list with system calls alone. */
#include "fault.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static char text[1 << 20];

static void read_list(const char *path) {
    const int file = open(path, O_RDONLY);
    size_t length = 0;
    ssize_t got;
    while ((got = read(file, text + length, sizeof text - 1 - length)) > 0)
        length += got;
    CHECK(length < sizeof text - 1);
}

int main(void) {
    void *const page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (syscall(462 /* mseal */, page, 4096, 0) != 0) {
        say_text("unsealed\n");
        _exit(0);
    }
    free(launder(malloc(1)));
    read_list("/proc/self/smaps");
    uintptr_t from = 0, to = 0;
    char access[5] = "", *rest = text;
    int decisions = 0, guards = 0;
    for (char *line; (line = strsep(&rest, "\n"));) {
        char *at = line;
        const uintptr_t start = strtoul(at, &at, 16);
        if (*at == '-') {
            from = start;
            to = strtoul(at + 1, &at, 16);
            memcpy(access, at + 1, 4);
        }
        if (strncmp(line, "VmFlags:", 8) != 0 || !strstr(line, " sl") || from == (uintptr_t)page)
            continue;
        /* The kernel may seal what is its own, which is executable or its data. */
        char *const range = (char *)from;
        const size_t length = to - from;
        if (strcmp(access, "---p") == 0)
            guards++;
        else if (strcmp(access, "r--p") == 0 && length <= 1 << 16)
            decisions++;
        CHECK(mprotect(range, length, PROT_READ | PROT_WRITE) == -1 && errno == EPERM);
        CHECK(munmap(range, length) == -1 && errno == EPERM);
        CHECK(mmap(range, length, PROT_READ, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
              MAP_FAILED);
    }
    say_number("guards", guards);
    say_number("decisions", decisions);
    _exit(0);
}
