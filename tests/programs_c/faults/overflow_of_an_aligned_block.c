/* One byte past a block with an alignment is written, then it is freed. Arguments: the alignment and the
 * size. */
#include "fault.h"

int main(int argc, char **argv) {
    const size_t align = number_argument(argv, 1), size = number_argument(argv, 2);
    char *p = launder(aligned_alloc(align, size));
    CHECK(p && malloc_usable_size(p) == size);
    MISUSE(p);
    p[size] = 'A';
    free(p);
    SURVIVED;
}
