/* One of many freed blocks, far back in the line of those that wait, is freed again before
 * its address was handed out. Arguments: the size and how many are freed after it. */
#include "fault.h"

enum { MOST = 4000 };

int main(int argc, char **argv) {
    static void *block[MOST];
    const size_t size = number_argument(argv, 1);
    const size_t after = number_argument(argv, 2);
    CHECK(after < MOST);
    for (size_t i = 0; i <= after; i++)
        block[i] = launder(malloc(size));
    for (size_t i = 0; i <= after; i++)
        free(block[i]);
    MISUSE(block[0]);
    free(block[0]);
    SURVIVED;
}
