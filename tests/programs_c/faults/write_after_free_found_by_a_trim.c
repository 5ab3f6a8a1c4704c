/* Freed blocks go back to the system; before that, those that were written are found.
 * Argument: the size. */
#include "fault.h"
#include <pthread.h>

enum { MOST = 4000 };
static size_t size;
static char *block[MOST];

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
    char *p = block[enough_blocks(size) / 2];
    MISUSE(p);
    *(char *)launder(p) ^= 'A';
    malloc_trim(0);
    SURVIVED;
}
