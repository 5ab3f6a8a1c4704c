/* One byte past the requested size is written; realloc finds it. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(100));
    MISUSE;
    p[100] = 'A';
    p = realloc(p, 3000);
    SURVIVED;
}
