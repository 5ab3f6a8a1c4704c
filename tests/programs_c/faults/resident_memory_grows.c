/* Memory is allocated and used until there is none, at most 512 MiB. Argument: the size of a block,
 * a part of 1 MiB. Says how many MiB there were. */
#include "fault.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1), parts = (1 << 20) / size;
    size_t mib = 0;
    MISUSE(NULL);
    for (; mib < 512; mib++) {
        for (size_t i = 0; i < parts; i++) {
            errno = 0;
            char *p = launder(malloc(size));
            if (!p) {
                CHECK(errno == ENOMEM);
                goto refused;
            }
            memset(p, 1, size);
        }
    }
refused:
    say_number("mib", mib);
    _exit(0);
}
