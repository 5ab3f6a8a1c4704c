/* For on_fault=report_only: one misuse of every kind that can be gone on after. errno stays,
 * and the heap works afterwards. Argument: how often. */
#include "fault.h"
#include <sys/mman.h>

static long global[8];

int main(int argc, char **argv) {
    const size_t times = number_argument(argv, 1);
    for (size_t i = 0; i < times; i++) {
        char *p = launder(malloc(100));
        free(p);
        errno = 1234;
        free(p);
        CHECK(errno == 1234);
        free(launder(global));
        CHECK(errno == 1234);
        CHECK(malloc_usable_size(p) == 0 && errno == 1234);
        CHECK(realloc(p, 200) == NULL);
        errno = 1234;
        p = launder(malloc(100));
        p[100] = 'A';
        free(p);
        CHECK(errno == 1234);
        for (int j = 0; j < 1000; j++) {
            p = malloc(100);
            CHECK(p && is_filled(p, 0, 100));
            free(p);
        }
    }
    say_text("went on\n");
    _exit(0);
}
