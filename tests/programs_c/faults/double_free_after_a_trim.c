/* A block is freed, its thread ends, its memory goes back to the system, and it is freed
 * again. Argument: the size, of a small block. */
#include "fault.h"
#include <pthread.h>

enum { MOST = 4000 };
static size_t size;
static void *block[MOST];

static void *allocates(void *unused) {
    const int count = enough_blocks(size);
    for (int i = 0; i < count; i++)
        block[i] = malloc(size);
    for (int i = 0; i < count; i++)
        free(block[i]);
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t thread;
    size = number_argument(argv, 1);
    pthread_create(&thread, NULL, allocates, NULL);
    pthread_join(thread, NULL);
    malloc_trim(0);
    void *p = block[enough_blocks(size) / 2];
    MISUSE(p);
    free(launder(p));
    SURVIVED;
}
