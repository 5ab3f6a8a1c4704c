/* More is asked for than any address could reach. Argument: the function. Says whether NULL and
 * ENOMEM came. */
#include "fault.h"

int main(int argc, char **argv) {
    CHECK(argc > 1);
    const char *function = argv[1];
    void *old = launder(malloc(1)), *p = old;
    MISUSE(NULL);
    errno = 0;
    if (!strcmp(function, "malloc"))
        p = malloc(SIZE_MAX);
    else if (!strcmp(function, "calloc"))
        p = calloc(SIZE_MAX / 2, 3);
    else if (!strcmp(function, "realloc"))
        p = realloc(old, SIZE_MAX);
    else if (!strcmp(function, "reallocarray"))
        p = reallocarray(old, SIZE_MAX / 2, 3);
    else if (!strcmp(function, "memalign"))
        p = memalign(64, SIZE_MAX - 100);
    else if (!strcmp(function, "pvalloc"))
        p = pvalloc(SIZE_MAX);
    CHECK(!launder(p) && errno == ENOMEM);
    say_text("refused\n");
    _exit(0);
}
