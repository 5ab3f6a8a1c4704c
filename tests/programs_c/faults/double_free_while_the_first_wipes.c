/* Another thread frees a block while the first free of it wipes it: a page of the block takes no writes.
 * Argument: the size, at least 12 KiB. */
#include "stopped.h"

int main(int argc, char **argv) {
    CHECK(argc > 1);
    const size_t size = number_argument(argv, 1);
    shared = memset(malloc(size), 'A', size);
    const uintptr_t at = ((uintptr_t)shared + size / 2) & -4096;
    CHECK((char *)at >= shared && (char *)at + 4096 <= shared + size);
    stop_at(at, PROT_READ);
    free(shared);
    CHECK(!"the page took no writes");
}
