/* Blocks whose pages went back to the system get each page by one fault when they are used again as a whole; of those of
 * which little is used most stay without. */
#include "check.h"
#include <malloc.h>

enum { MOST = 60000, PAGE = 4096, BYTES = 16 << 20, LONG = 50000, FEW = 60 };

static char *blocks[MOST];

static long resident_pages(void) {
    long all = 0, resident = 0;
    FILE *const file = fopen("/proc/self/statm", "r");
    CHECK(file && fscanf(file, "%ld %ld", &all, &resident) == 2 && fclose(file) == 0);
    return resident;
}

/* Says how many pages were resident at most. */
static long use(size_t count, size_t size, size_t written) {
    for (size_t i = 0; i < count; i++) {
        CHECK((blocks[i] = malloc(size)) != NULL);
        memset(blocks[i], 1, written);
    }
    const long resident = resident_pages();
    for (size_t i = 0; i < count; i++)
        free(blocks[i]);
    return resident;
}

/* Page faults of the second use of blocks that were used once. */
static void expect_one_fault_each(size_t count, size_t size) {
    const long pages = (long)(count * size / PAGE);
    use(count, size, size);
    malloc_trim(0);
    const long before = page_faults();
    use(count, size, size);
    const long taken = page_faults() - before;
    malloc_trim(0);
    CHECK(taken > pages / 2);
    CHECK(taken < pages + pages / 4);
}

/* Of so many blocks few are used, in a phase after one in which all were. */
static void expect_few_pages(void) {
    const size_t count = BYTES / LONG;
    use(count, LONG, LONG);
    for (int round = 0; round < 2; round++) {
        malloc_trim(0);
        const long before = resident_pages();
        CHECK(use(count, LONG, 1) - before < BYTES / PAGE / 2);
    }
}

int main(void) {
    const size_t sizes[] = {300, 1000, 3000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        expect_one_fault_each(BYTES / sizes[i], sizes[i]);
    const size_t long_sizes[] = {10000, LONG, 100000};
    for (size_t i = 0; i < sizeof long_sizes / sizeof *long_sizes; i++)
        expect_one_fault_each(FEW, long_sizes[i]);
    expect_few_pages();
    return 0;
}
