/* An aligned block is freed twice. Arguments: its size and its alignment. */
#include "fault.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1), alignment = number_argument(argv, 2);
    char *p = NULL;
    CHECK(posix_memalign((void **)&p, alignment, size) == 0);
    free(launder(p));
    MISUSE(p);
    free(launder(p));
    SURVIVED;
}
