/* Memory behind a block, where no block ever was, is written; nothing is freed, so that nothing but the first use of that
 * memory can find it. Arguments: the size, and how far behind the block's start. */
#include "fault.h"

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1), place = number_argument(argv, 2);
    const int count = enough_blocks(size);
    /* Of long ones not even two are open at first. */
    for (int i = 0; i < 8; i++)
        launder(malloc(size));
    char *p = launder(malloc(size));
    MISUSE(p + place);
    p[place] = 'A';
    for (int i = 0; i < 4 * count; i++)
        launder(malloc(size));
    SURVIVED;
}
