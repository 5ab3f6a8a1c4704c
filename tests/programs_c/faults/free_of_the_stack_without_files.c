/* Frees an address on the stack where no file can be opened. */
#include "fault.h"
#include <sys/resource.h>

int main(void) {
    char local[64];
    CHECK(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 3, 3 }) == 0);
    char *const at = launder((char *)(((uintptr_t)local + 15) & ~(uintptr_t)15));
    MISUSE(at);
    free(at);
    SURVIVED;
}
