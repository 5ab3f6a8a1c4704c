/* An address that no machine has is freed. */
#include "fault.h"

int main(void) {
    free(malloc(1));
    MISUSE;
    free(launder((void *)0xdeadbeefdeadbee0));
    SURVIVED;
}
