/* The program uses up the mappings before its heap has grown, with an alternation of protections, and
 * lets some go and takes them again while threads allocate: NULL or memory, contents kept. */
#include "check.h"
#include <pthread.h>
#include <sys/mman.h>

enum { STONES = 100000, THREADS = 4, LIVE = 200 };

static volatile int is_over;
static unsigned long worked, refused;

static void *churn(void *seed) {
    uint64_t state = (uintptr_t)seed;
    struct {
        unsigned char *bytes;
        size_t size;
    } live[LIVE] = {{0}};
    unsigned long own_worked = 0, own_refused = 0;
    while (!is_over) {
        const int at = next_random(&state) % LIVE, byte = at & 255;
        if (live[at].bytes)
            CHECK(is_filled(live[at].bytes, byte, live[at].size));
        const size_t size = next_random(&state) % 32 ? random_size(&state) + 1
                                                     : (140 << 10) + next_random(&state) % (1 << 20);
        unsigned char *bytes;
        if (next_random(&state) / 3 % 4 == 0) {
            bytes = realloc(live[at].bytes, size);
            if (bytes) {
                const size_t kept = size < live[at].size ? size : live[at].size;
                CHECK(is_filled(bytes, byte, kept));
            }
        } else {
            free(live[at].bytes);
            live[at].size = 0;
            bytes = live[at].bytes = malloc(size);
        }
        if (!bytes) {
            CHECK(errno == ENOMEM);
            own_refused++;
            continue;
        }
        own_worked++;
        live[at].bytes = memset(bytes, byte, size);
        live[at].size = size;
    }
    for (int i = 0; i < LIVE; i++) {
        CHECK(!live[i].bytes || is_filled(live[i].bytes, i & 255, live[i].size));
        free(live[i].bytes);
    }
    __atomic_add_fetch(&worked, own_worked, __ATOMIC_RELAXED);
    __atomic_add_fetch(&refused, own_refused, __ATOMIC_RELAXED);
    return NULL;
}

int main(void) {
    const size_t page = sysconf(_SC_PAGESIZE);
    char *wall = mmap(NULL, 2 * STONES * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(wall != MAP_FAILED);
    pthread_t thread[THREADS];
    for (intptr_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&thread[i], NULL, churn, (void *)(i + 1)) == 0);
    int stones = 0;
    for (int round = 0; round < 3; round++) {
        while (stones < STONES && mprotect(wall + 2 * stones * page, page, PROT_READ) == 0)
            stones++;
        CHECK(stones < STONES && errno == ENOMEM);
        /* The very last one or two, which are gone with the process. */
        for (int last = 0; last < 8; last++)
            mmap(NULL, page, last % 2 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        usleep(400000);
        CHECK(mprotect(wall, 2 * STONES * page, PROT_NONE) == 0);
        stones = 0;
        usleep(20000);
    }
    is_over = 1;
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(thread[i], NULL) == 0);
    dprintf(1, "%lu worked, %lu were refused\n", worked, refused);
    CHECK(worked > 1000);
    for (size_t size = 16; size < 64u << 20; size = size * 3 / 2 + 1) {
        char *p = malloc(size);
        CHECK(p);
        free(memset(p, 3, size));
    }
}
