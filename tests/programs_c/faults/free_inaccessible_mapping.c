/* An inaccessible mapping of the program's own is freed. */
#include "fault.h"
#include <sys/mman.h>

int main(void) {
    char *p = mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MISUSE;
    free(launder(p + 4096));
    SURVIVED;
}
