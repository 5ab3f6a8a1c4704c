/* A program with options of its own. */
#include <starmalloc.h>
#include <stdlib.h>

const char *starmalloc_default_options(void) { return "verbose=1,level=strong"; }

int main(void) {
    free(malloc(1));
    return 0;
}
