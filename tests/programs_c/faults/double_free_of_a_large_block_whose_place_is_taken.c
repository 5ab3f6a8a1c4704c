/* A large block is freed, then larger ones that may lie over its place; then it is freed again. Argument: the size. */
#include "fault.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1);
    char *const old = launder(malloc(size));
    free(old);
    for (size_t more = 4096; more < 800 << 10; more += 4096)
        free(launder(malloc(size + more)));
    MISUSE(old);
    free(old);
    SURVIVED;
}
