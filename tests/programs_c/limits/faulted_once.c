/* Blocks whose pages went back to the system get each page by one fault when they are used again as a whole; of those of
 * which little is used most stay without. */
#include "check.h"
#include <malloc.h>
#include <sys/resource.h>

enum { MOST = 60000, PAGE = 4096, BYTES = 16 << 20 };

static char *blocks[MOST];

static long faults(void) {
    struct rusage usage;
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
    return usage.ru_minflt;
}

static long resident_pages(void) {
    long all = 0, resident = 0;
    FILE *const file = fopen("/proc/self/statm", "r");
    CHECK(file && fscanf(file, "%ld %ld", &all, &resident) == 2 && fclose(file) == 0);
    return resident;
}

/* Says how many pages were resident at most. */
static long use(size_t size, size_t written) {
    const size_t count = BYTES / size;
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
static long faults_of_reuse(size_t size, size_t written) {
    use(size, written);
    malloc_trim(0);
    const long before = faults();
    use(size, written);
    const long taken = faults() - before;
    malloc_trim(0);
    return taken;
}

int main(void) {
    const long pages = BYTES / PAGE;
    const size_t sizes[] = {300, 1000, 3000, 10000, 50000, 100000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const long taken = faults_of_reuse(sizes[i], sizes[i]);
        CHECK(taken > pages / 2);
        CHECK(taken < pages + pages / 4);
    }
    enum { LONG = 50000 };
    use(LONG, 1);
    malloc_trim(0);
    const long before = resident_pages();
    CHECK(use(LONG, 1) - before < pages / 2);
    return 0;
}
