/* Memory is allocated and used until there is none, at most 512 MiB. Argument: the size of a block,
 * a part of 1 MiB; or 0, for one block that grows by 1 MiB each time. Says how many MiB there were. All of it
 * freed, there is memory again at once. errno is what was refused, and nothing else, though the library
 * can open no file from the middle on. */
#include "fault.h"
#include <sys/resource.h>

static char *blocks[512 << 14];

static int take(size_t size, size_t index) {
    errno = 0;
    char *p = launder(size ? malloc(size) : realloc(blocks[0], (index + 1) << 20));
    CHECK(errno == (p ? 0 : ENOMEM));
    if (p) {
        memset(size ? p : p + (index << 20), 1, size ? size : 1 << 20);
        blocks[size ? index : 0] = p;
    }
    return p != NULL;
}

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1), parts = size ? (1 << 20) / size : 1;
    size_t taken = 0;
    MISUSE(NULL);
    while (taken < 512 * parts && take(size, taken)) {
        taken++;
    }
    say_number("mib", taken / parts);
    for (size_t i = 0; i < (size ? taken : 1); i++) {
        errno = 7;
        free(blocks[i]);
        CHECK(errno == 7);
    }
    blocks[0] = NULL;
    CHECK(take(size, 0));
    const struct rlimit none = {0, 0};
    CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
    for (size_t i = 1; i < 40 * parts && size; i++) {
        CHECK(take(size, i));
    }
    _exit(0);
}
