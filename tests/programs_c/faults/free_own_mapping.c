/* Memory from the program's own mmap is freed. */
#include "fault.h"
#include <sys/mman.h>

int main(void) {
    char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MISUSE;
    free(launder(p));
    SURVIVED;
}
