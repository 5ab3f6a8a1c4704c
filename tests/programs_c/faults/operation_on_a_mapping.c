/* Memory from the program's own mmap is passed to a function. Arguments: the function, and
 * whether the memory is accessible or closed. */
#include "operation.h"
#include <sys/mman.h>

int main(int argc, char **argv) {
    CHECK(argc > 2);
    find_operation(argv[1]);
    const int access = strcmp(argv[2], "closed") ? PROT_READ | PROT_WRITE : PROT_NONE;
    char *p = mmap(NULL, 1 << 20, access, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(p != MAP_FAILED);
    MISUSE(p + 4096);
    operate(argv[1], launder(p + 4096), 4096);
    SURVIVED;
}
