/* Run with another user's rights, frees a block twice; its handler for SIGABRT prints what is kept
 * for debuggers. */
#include "fault.h"
#include "starmalloc.h"
#include <signal.h>
#include <sys/auxv.h>

static void handler(int number) {
    say_text("kept ");
    say_text(starmalloc_abort_message);
    say_text("\n");
}

int main(void) {
    if (!getauxval(AT_SECURE)) {
        say_text("unprivileged\n");
        return 0;
    }
    CHECK(starmalloc_version());
    signal(SIGABRT, handler);
    void *p = launder(malloc(40));
    free(p);
    free(p);
    SURVIVED;
}
