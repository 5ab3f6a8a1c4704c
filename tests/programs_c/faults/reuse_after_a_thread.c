/* A thread frees a block and ends. Says how many pairs of malloc and free it takes until another thread
 * is handed the address. Argument: the size. */
#include "fault.h"
#include "reuse.h"
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
    say_number("pairs", pairs_until(wanted, size, 2000));
    _exit(0);
}
