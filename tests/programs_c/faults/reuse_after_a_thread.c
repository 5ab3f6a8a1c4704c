/* A thread frees a block and ends. Says how many pairs of malloc and free it takes until another thread
 * is handed the address. Argument: the size. */
#include "fault.h"
#include <pthread.h>

static void *release(void *block) {
    free(block);
    return NULL;
}

int main(int argc, char **argv) {
    const size_t size = number_argument(argv, 1);
    char *const wanted = launder(malloc(size));
    pthread_t thread;
    pthread_create(&thread, NULL, release, wanted);
    pthread_join(thread, NULL);
    size_t pairs = 0;
    for (; pairs < 2000; pairs++) {
        char *p = launder(malloc(size));
        if (p == wanted)
            break;
        free(p);
    }
    say_number("pairs", pairs);
    _exit(0);
}
