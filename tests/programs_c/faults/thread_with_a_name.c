/* A thread with a name of its own frees a block twice, from a function whose caller is known.
 * Says the addresses of that function and of its caller, counted from the program's start. */
#include "fault.h"
#include <pthread.h>

extern const char __executable_start;

__attribute__((noinline)) static void frees_twice(void *p) {
    free(p);
    MISUSE(p);
    free(p);
    __asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) static void *starts(void *unused) {
    CHECK(pthread_setname_np(pthread_self(), "odd \"name\"") == 0);
    frees_twice(launder(malloc(40)));
    __asm__ volatile("" ::: "memory");
    return NULL;
}

int main(void) {
    pthread_t thread;
    say_number("frees_twice", (const char *)frees_twice - &__executable_start);
    say_number("starts", (const char *)starts - &__executable_start);
    pthread_create(&thread, NULL, starts, NULL);
    pthread_join(thread, NULL);
    SURVIVED;
}
