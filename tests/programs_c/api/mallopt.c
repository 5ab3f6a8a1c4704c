/* The parameters glibc documents are accepted. */
#include "check.h"

int main(void) {
    SAY("M_MXFAST: %d", mallopt(M_MXFAST, 64));
    SAY("M_MXFAST off: %d", mallopt(M_MXFAST, 0));
    SAY("M_TRIM_THRESHOLD: %d", mallopt(M_TRIM_THRESHOLD, 1 << 20));
    SAY("M_TOP_PAD: %d", mallopt(M_TOP_PAD, 1 << 16));
    SAY("M_MMAP_THRESHOLD: %d", mallopt(M_MMAP_THRESHOLD, 1 << 20));
    SAY("M_MMAP_MAX: %d", mallopt(M_MMAP_MAX, 1000));
    SAY("M_CHECK_ACTION: %d", mallopt(M_CHECK_ACTION, 3));
    SAY("M_PERTURB: %d", mallopt(M_PERTURB, 0));
    SAY("M_ARENA_TEST: %d", mallopt(M_ARENA_TEST, 2));
    SAY("M_ARENA_MAX: %d", mallopt(M_ARENA_MAX, 4));
    void *p = malloc(100);
    SAY("and then malloc: %s", nullness(p));
    free(p);
}
