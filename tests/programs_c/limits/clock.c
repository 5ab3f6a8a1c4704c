/* The clock that the allocator reads is this program's: it goes back, stands still and jumps ahead (first
 * argument). Memory must go back to the system when the clock goes on, and be bounded while it does not. */
#include "../check.h"
#include <sys/syscall.h>
#include <time.h>

static volatile time_t seconds = 1000000;
static volatile long nanoseconds;
static volatile unsigned long reads;

/* The library's call ends here, for a program's functions come before libc's. */
int clock_gettime(clockid_t id, struct timespec *now) {
    if (id != CLOCK_MONOTONIC_COARSE)
        return (int)syscall(SYS_clock_gettime, id, now);
    reads++;
    *now = (struct timespec){seconds, nanoseconds};
    return 0;
}

enum { SMALL = 60000, LARGE = 24 };

/* 60 MB of small blocks and 12 MB of large ones that end at no frame, written and freed. */
static void use(void) {
    static void *small[SMALL], *large[LARGE];
    for (int i = 0; i < SMALL; i++) {
        CHECK((small[i] = malloc(1000)));
        memset(small[i], i, 1000);
    }
    for (int i = 0; i < LARGE; i++) {
        CHECK((large[i] = memalign(1 << 16, 500000)));
        memset(large[i], i, 500000);
    }
    for (int i = 0; i < SMALL; i++)
        free(small[i]);
    for (int i = 0; i < LARGE; i++)
        free(large[i]);
}

/* Little work, in which the clock is read now and then. */
static void work(void) {
    void *kept[3000];
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 3000; i++)
            CHECK((kept[i] = malloc(200 + i % 7 * 64)));
        for (int i = 0; i < 3000; i++)
            free(kept[i]);
        for (int i = 0; i < 3; i++)
            free(memalign(1 << 16, 200000));
    }
}

/* For 20 s of the clock by a tenth at a time. */
static void let_time_pass(void) {
    for (int i = 0; i < 200; i++) {
        nanoseconds += 100000000;
        if (nanoseconds >= 1000000000) {
            nanoseconds = 0;
            seconds++;
        }
        work();
    }
}

static void is_given_back(long before, const char *when) {
    const long after = resident_kib();
    printf("%s: %ld KiB before, %ld after\n", when, before, after);
    CHECK(after < 12000);
}

int main(int argc, char **argv) {
    CHECK(argc > 1);
    alarm(240);
    use();
    const long before = resident_kib();
    CHECK(before > 20000);
    if (strcmp(argv[1], "back") == 0) {
        seconds = 5;
        let_time_pass();
        is_given_back(before, "an hour and more back");
    } else if (strcmp(argv[1], "still") == 0) {
        for (int i = 0; i < 30; i++)
            use();
        const long after = resident_kib();
        printf("still: %ld KiB before, %ld after\n", before, after);
        CHECK(after < before + 16000);
        let_time_pass();
        is_given_back(before, "going on");
    } else {
        const time_t ends[] = {1 << 30, (time_t)1 << 40, INT64_MAX / 1000, INT64_MAX - 100, -100};
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
            seconds = ends[i];
            work();
            let_time_pass();
            is_given_back(before, "far ahead");
            use();
        }
    }
    CHECK(reads > 1000);
    return 0;
}
