/* malloc_stats writes to standard error and nowhere else. */
#include "check.h"

int main(void) {
    void *p = malloc(1000);
    malloc_stats();
    free(p);
    SAY("standard output: only this");
}
