/* Allocates before any constructor has run, and after main. */
#include "check.h"
#include <dlfcn.h>

static char *earliest, *early;

static void before_constructors(int argc, char **argv, char **environment) {
    (void)argc, (void)argv, (void)environment;
    earliest = memset(malloc(50), 8, 50);
    free(malloc(300000));
}

__attribute__((section(".preinit_array"), used)) static void (*const preinit)(int, char **, char **) =
    before_constructors;

__attribute__((constructor)) static void constructor(void) {
    early = memset(malloc(50), 8, 50);
}

int main(void) {
    CHECK(is_filled(earliest, 8, 50) && is_filled(early, 8, 50));
    free(earliest);
    free(early);
    int (*whole)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "early_object_is_whole");
    CHECK(!whole || whole());
}
