/* The usable size of a local variable is asked for. */
#include "fault.h"

int main(void) {
    long local[8] = {0};
    MISUSE;
    malloc_usable_size(launder(local));
    SURVIVED;
}
