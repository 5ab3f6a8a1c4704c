/* More memory is asked for than there can be. Says whether NULL and ENOMEM came. */
#include "fault.h"

int main(void) {
    free(malloc(1));
    MISUSE(NULL);
    errno = 0;
    char *p = launder(malloc(PTRDIFF_MAX - 4096));
    CHECK(!p && errno == ENOMEM);
    say_text("refused\n");
    _exit(0);
}
