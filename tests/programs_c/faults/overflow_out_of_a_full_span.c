/* All slots of one size class are in use. Byte after byte is written from the highest of them upwards, or
 * from the lowest of the next class downwards, until a fault: no block of the other class may have changed.
 * Arguments: a size of each class, and up or down. */
#include "../../../include/starmalloc.h"
#include "fault.h"
#include <signal.h>

#pragma weak starmalloc_stats

enum { MOST = 1 << 20, OTHERS = 400, LOW = 0x11, HIGH = 0x22 };
static struct starmalloc_statistics all;
static unsigned char *low[MOST], *high[OTHERS];
static size_t count, low_size, high_size;
static int is_up;

static uintptr_t span_of(const void *block) {
    return ((uintptr_t)block - all.data_start) / all.span_bytes;
}

static void on_fault(int number) {
    for (size_t i = 0; is_up && i < OTHERS; i++)
        CHECK(is_filled(high[i], HIGH, high_size));
    for (size_t i = 0; !is_up && i < count; i++)
        CHECK(is_filled(low[i], LOW, low_size));
    say_text("intact\n");
    _exit(0);
}

int main(int argc, char **argv) {
    CHECK(argc == 4);
    low_size = number_argument(argv, 1), high_size = number_argument(argv, 2);
    is_up = strcmp(argv[3], "up") == 0;
    CHECK(starmalloc_stats(&all, sizeof all) == sizeof all);
    for (int i = 0; i < OTHERS; i++)
        high[i] = memset(malloc(high_size), HIGH, high_size);
    char *highest = NULL, *lowest = (char *)high[0];
    for (int i = 0; i < OTHERS; i++)
        lowest = (char *)high[i] < lowest ? (char *)high[i] : lowest;
    for (;;) {
        char *block = launder(malloc(low_size));
        if (!block || (count && span_of(block) != span_of(low[0])))
            break;
        CHECK(count < MOST);
        low[count++] = memset(block, LOW, low_size);
        highest = block > highest ? block : highest;
    }
    CHECK(count > 100 && span_of(lowest) == span_of(highest) + 1);
    signal(SIGSEGV, on_fault);
    MISUSE(lowest);
    for (volatile char *at = is_up ? highest + low_size : lowest - 1;; at += is_up ? 1 : -1)
        *at = 'A';
}
