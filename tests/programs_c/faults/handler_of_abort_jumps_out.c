/* The program's handler for SIGABRT jumps out of it, and the program goes on allocating. */
#include "fault.h"
#include <setjmp.h>
#include <signal.h>

static sigjmp_buf back;

static void handler(int number) { siglongjmp(back, 1); }

int main(void) {
    signal(SIGABRT, handler);
    char *p = launder(malloc(40));
    free(p);
    MISUSE(p);
    if (sigsetjmp(back, 1) == 0) {
        free(p);
        SURVIVED;
    }
    for (int i = 0; i < 100000; i++)
        free(malloc(i % 500));
    say_text("went on\n");
    _exit(0);
}
