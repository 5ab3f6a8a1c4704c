/* The program brings options of its own. Says whether it runs with raised privileges. */
#include "fault.h"
#include <sys/auxv.h>

const char *starmalloc_default_options(void) {
    return "verbose=1,level=strong,no_such_thing=2";
}

int main(void) {
    say_number("secure", getauxval(AT_SECURE));
    free(launder(malloc(40)));
    say_text("done\n");
    return 0;
}
