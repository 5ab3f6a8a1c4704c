/* A block was freed and its memory went back to the system; then a byte of it is changed. The
 * next owner of the slot must not see that byte. Argument: the size. */
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

static void *looks(void *unused) {
    for (int i = 0; i < 4 * enough_blocks(size); i++) {
        char *p = launder(malloc(size));
        if (!is_filled(p, 0, size))
            say_text("seen\n");
    }
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t thread;
    size = number_argument(argv, 1);
    pthread_create(&thread, NULL, allocates, NULL);
    pthread_join(thread, NULL);
    malloc_trim(0);
    char *p = block[enough_blocks(size) / 2];
    MISUSE(p);
    *(char *)launder(p) ^= 'A';
    for (int i = 0; i < 8; i++) {
        pthread_create(&thread, NULL, looks, NULL);
        pthread_join(thread, NULL);
    }
    SURVIVED;
}
