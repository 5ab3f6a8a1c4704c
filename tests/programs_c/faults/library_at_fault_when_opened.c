/* A library that frees a block twice while it is being opened. */
#include "fault.h"

__attribute__((constructor)) static void frees_twice_when_opened(void) {
    void *p = launder(malloc(40));
    free(p);
    say_number("line", __LINE__ + 1);
    free(p);
    __asm__ volatile("" ::: "memory");
}
