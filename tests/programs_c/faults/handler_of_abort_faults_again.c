/* The program's handler for SIGABRT commits another misuse. */
#include "fault.h"
#include <signal.h>

static void *block;

static void handler(int number) {
    say_text("handled\n");
    free(block);
    say_text("survived\n");
}

int main(void) {
    signal(SIGABRT, handler);
    block = launder(malloc(40));
    free(block);
    MISUSE(block);
    free(block);
    SURVIVED;
}
