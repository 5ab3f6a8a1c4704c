/* After the report, the program's handler for SIGABRT prints what the library keeps for
 * debuggers. */
#include "fault.h"
#include <dlfcn.h>
#include <signal.h>

static const char *const *message;

static void handler(int number) {
    say_text(*message);
    say_text("\n");
}

int main(void) {
    message = dlsym(RTLD_DEFAULT, "starmalloc_abort_message");
    CHECK(message && *message && !**message);
    signal(SIGABRT, handler);
    char *p = launder(malloc(40));
    free(p);
    MISUSE(p);
    free(p);
    SURVIVED;
}
