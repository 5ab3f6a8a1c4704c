/* Many small blocks are allocated. Says how many mappings that takes, and how many guards there
 * are and could not be had. Argument: how many MiB. */
#include "figures.h"

int main(int argc, char **argv) {
    const size_t mib = number_argument(argv, 1);
    for (size_t bytes = 0; bytes < mib << 20; bytes += 64) {
        char *p = launder(malloc(56));
        CHECK(p);
        *p = 1;
    }
    read_figures();
    say_number("mappings", mapping_count());
    say_number("guards", figure("guards"));
    say_number("missing", figure("guards_missing"));
    _exit(0);
}
