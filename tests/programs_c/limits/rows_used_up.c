/* More large blocks than there is room for in the records: one is refused, the others are whole, and when some
 * went there is room again. */
#include "check.h"

enum { MOST = 70000, SIZE = 131104, AGAIN = 1000 };

static char *block[MOST];

int main(void) {
    int count = 0;
    errno = 0;
    while (count < MOST && (block[count] = malloc(SIZE)))
        count++;
    const int error = errno;
    printf("%d blocks\n", count);
    CHECK(count > 1000 && count < 1 << 15 && error == ENOMEM);
    for (int i = 0; i < count; i++)
        CHECK(malloc_usable_size(block[i]) == SIZE);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < AGAIN; i++)
            free(block[i]);
        for (int i = 0; i < AGAIN; i++)
            CHECK(block[i] = malloc(SIZE));
        CHECK(!malloc(SIZE) && errno == ENOMEM);
        CHECK(mallinfo2().hblks == count);
    }
    for (int i = 0; i < count; i++)
        free(block[i]);
    CHECK(mallinfo2().hblks == 0);
    return 0;
}
