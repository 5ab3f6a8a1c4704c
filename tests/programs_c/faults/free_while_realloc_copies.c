/* Another thread frees a large block while realloc copies it to a smaller place: a page of it cannot be read.
 * Argument: the size, at least 12 KiB, of which realloc leaves 8 KiB. */
#include "stopped.h"

int main(int argc, char **argv) {
    CHECK(argc > 1);
    const size_t size = number_argument(argv, 1);
    shared = memset(malloc(size), 'A', size);
    /* Not the first page of the block, before which realloc looks. */
    stop_at(((uintptr_t)shared + 4095) & -4096, PROT_NONE);
    launder(realloc(shared, 8192));
    CHECK(!"the page was not read");
}
