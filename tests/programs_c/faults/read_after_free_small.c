/* A freed small block shows nothing of what was in it: no fault, only zeros. */
#include "fault.h"

int main(void) {
    for (size_t size = 8; size < 100000; size = size * 3 / 2) {
        char *p = launder(malloc(size));
        memset(p, 'S', size);
        free(p);
        for (size_t i = 0; i < size; i++)
            CHECK(*(volatile char *)(p + i) != 'S');
    }
    SURVIVED;
}
