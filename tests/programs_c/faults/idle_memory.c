/* 64 MiB are used and freed; the program then works on for 400 ms. Says how many MiB of them are
 * still resident. Arguments: the size of a block, and pairs for mallopt. */
#include "fault.h"

int main(int argc, char **argv) {
    static void *p[1 << 20];
    const size_t size = number_argument(argv, 1), count = (64 << 20) / size;
    memset(p, 1, count * sizeof *p);
    for (int i = 2; i + 1 < argc; i += 2)
        CHECK(mallopt(atoi(argv[i]), atoi(argv[i + 1])) == 1);
    const long before = resident_kib();
    for (size_t i = 0; i < count; i++)
        p[i] = memset(launder(malloc(size)), 1, size);
    for (size_t i = 0; i < count; i++)
        free(p[i]);
    for (int i = 0; i < 400; i++) {
        for (size_t other = 16; other < 300; other += 16)
            for (int j = 0; j < 20; j++)
                free(launder(malloc(other)));
        usleep(1000);
    }
    const long kept = resident_kib() - before;
    say_number("mib", kept < 0 ? 0 : kept >> 10);
    _exit(0);
}
