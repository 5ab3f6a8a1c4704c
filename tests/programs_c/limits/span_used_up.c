/* Blocks of one size, more than the spans of their class hold where the layout is small: no request is refused
 * while there is memory. */
#include "check.h"

int main(void) {
    static const size_t sizes[] = {8, 100, 1000, 10000, 100000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const size_t size = sizes[i], count = ((size_t)20 << 20) / (size + 16);
        void **last = NULL;
        for (size_t j = 0; j < count; j++) {
            void **fresh = malloc(size);
            CHECK(fresh);
            *fresh = last;
            last = fresh;
        }
        for (size_t j = 0; j < count; j++) {
            void **next = *last;
            free(last);
            last = next;
        }
        CHECK(!last);
    }
    return 0;
}
