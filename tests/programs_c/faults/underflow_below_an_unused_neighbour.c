/* A byte is written before the only block there is, whose lower neighbour was never handed out;
 * then the block is freed and the neighbour comes into use. Arguments: the size and how many bytes
 * before. */
#include "fault.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1), bytes = number_argument(argv, 2);
    char *p = launder(malloc(size));
    MISUSE(p);
    memset(p - bytes, 'A', bytes);
    free(p);
    wait_for_reuse(size);
    SURVIVED;
}
