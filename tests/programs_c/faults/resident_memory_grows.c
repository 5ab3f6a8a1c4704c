/* Memory is allocated and used until there is none, at most 512 MiB, and not so fast that a
 * limit which is looked at four times a second is of no use. Says how many MiB there were. */
#include "fault.h"

int main(void) {
    size_t mib = 0;
    MISUSE(NULL);
    for (; mib < 512; mib++) {
        usleep(5000);
        for (int i = 0; i < 16; i++) {
            errno = 0;
            char *p = launder(malloc(65536));
            if (!p) {
                CHECK(errno == ENOMEM);
                goto refused;
            }
            memset(p, 1, 65536);
        }
    }
refused:
    say_number("mib", mib);
    _exit(0);
}
