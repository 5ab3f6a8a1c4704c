/* All memory is locked, now and in future, before most of the small blocks are allocated: the
 * kernel takes no advice about guards there. The blocks must come all the same, and the figures of
 * malloc_info must say how many guards are missing. */
#include "figures.h"
#include <sys/mman.h>

int main(void) {
    if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0) {
        say_text("absent\n");
        _exit(0);
    }
    for (size_t bytes = 0; bytes < (size_t)16 << 20; bytes += 64)
        CHECK(launder(malloc(56)));
    read_figures();
    say_number("guards", figure("guards"));
    say_number("missing", figure("guards_missing"));
    _exit(0);
}
