/* A library that calls back, and one that frees. */
#include "fault.h"

__attribute__((noinline)) static void inside(void (*callback)(void)) {
    callback();
    __asm__ volatile("" ::: "memory");
}

void passes_on(void (*callback)(void)) {
    inside(callback);
    __asm__ volatile("" ::: "memory");
}

void frees(void *block) {
    say_number("line", __LINE__ + 1);
    free(block);
    __asm__ volatile("" ::: "memory");
}
