/* 100,000 short threads, eight at a time: memory and mappings do not grow. Half of what
 * a thread allocates it frees itself, the rest is freed by the main thread. */
#include "check.h"
#include <pthread.h>

enum { ROUNDS = 12500, AT_ONCE = 8, KEPT = 4 };
static void *kept[AT_ONCE][KEPT];

static void *briefly(void *number) {
    static const size_t sizes[] = {10, 24, 60, 100, 300, 700, 1500, 4000, 20000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *p = malloc(sizes[i]);
        CHECK(p);
        p[0] = p[sizes[i] - 1] = 1;
        free(p);
    }
    for (int i = 0; i < KEPT; i++)
        kept[(intptr_t)number][i] = calloc(1, 40 + 200 * i);
    return NULL;
}

static void round_of_threads(void) {
    pthread_t thread[AT_ONCE];
    for (intptr_t i = 0; i < AT_ONCE; i++)
        CHECK(pthread_create(&thread[i], NULL, briefly, (void *)i) == 0);
    for (int i = 0; i < AT_ONCE; i++) {
        CHECK(pthread_join(thread[i], NULL) == 0);
        for (int k = 0; k < KEPT; k++)
            free(kept[i][k]);
    }
}

int main(void) {
    for (int i = 0; i < ROUNDS / 10; i++)
        round_of_threads();
    const long resident = resident_kib(), space = address_space_kib(), maps = mapping_count();
    for (int i = ROUNDS / 10; i < ROUNDS; i++)
        round_of_threads();
    dprintf(1, "resident +%ld KiB, address space +%ld KiB, mappings +%ld\n",
            resident_kib() - resident, address_space_kib() - space, mapping_count() - maps);
    CHECK(resident_kib() - resident < 8192);
    CHECK(address_space_kib() - space < 262144);
    CHECK(mapping_count() - maps < 200);
}
