/* A local variable is freed. */
#include "fault.h"

int main(void) {
    long local[8] = {0};
    free(malloc(1));
    MISUSE;
    free(launder(local));
    SURVIVED;
}
