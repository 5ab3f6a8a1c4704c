/* Memory that another allocator took by brk is passed to a function. Argument: the
 * function. */
#include "operation.h"

int main(int argc, char **argv) {
    find_operation(argv[1]);
    char *p = sbrk(1 << 16);
    CHECK(p != (void *)-1);
    p += 16 - (uintptr_t)p % 16 + 256;
    MISUSE(p);
    operate(argv[1], launder(p), 64);
    SURVIVED;
}
