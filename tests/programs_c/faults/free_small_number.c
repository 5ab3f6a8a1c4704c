/* The program's first call frees a number. */
#include "fault.h"

int main(void) {
    MISUSE;
    free(launder((void *)1));
    SURVIVED;
}
