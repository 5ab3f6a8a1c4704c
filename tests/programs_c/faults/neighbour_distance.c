/* Of many blocks allocated in a row, says how often in a thousand the most common distance
 * between one and the next occurs, and how often the next lies directly behind. Arguments:
 * the size, and how many if not 4000. */
#include "fault.h"

enum { COUNT = 4000 };

static int by_value(const void *a, const void *b) {
    const ptrdiff_t one = *(const ptrdiff_t *)a, two = *(const ptrdiff_t *)b;
    return one < two ? -1 : one > two;
}

int main(int argc, char **argv) {
    static ptrdiff_t distance[COUNT];
    const size_t size = number_argument(argv, 1);
    const int count = argc > 2 ? (int)number_argument(argv, 2) : COUNT;
    CHECK(count > 0 && count <= COUNT);
    char *before = launder(malloc(size));
    ptrdiff_t least = PTRDIFF_MAX;
    for (int i = 0; i < count; i++) {
        char *p = launder(malloc(size));
        distance[i] = p - before;
        if (distance[i] > 0 && distance[i] < least)
            least = distance[i];
        before = p;
    }
    qsort(distance, count, sizeof *distance, by_value);
    int most = 0, run = 0, behind = 0;
    for (int i = 0; i < count; i++) {
        run = i && distance[i] == distance[i - 1] ? run + 1 : 1;
        most = run > most ? run : most;
        behind += distance[i] == least;
    }
    say_number("most_common_in_1000", most * 1000 / count);
    say_number("behind_in_1000", behind * 1000 / count);
    _exit(0);
}
