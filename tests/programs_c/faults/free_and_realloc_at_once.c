/* One thread frees a block while another changes its size, again and again. Arguments: the size, the new one,
 * and how many pairs; needs on_fault=report_only. Says how many blocks were moved or are still there, each of
 * which keeps its contents. */
#include "fault.h"
#include "meet.h"
#include <pthread.h>

static size_t size, new_size, pairs;
static unsigned char *volatile shared;

static void *works(void *self_pointer) {
    const int self = self_pointer != NULL;
    int turn = 0, moved = 0;
    for (size_t i = 0; i < pairs; i++) {
        if (self == 0)
            shared = memset(malloc(size), 7, size);
        meet(self, ++turn);
        unsigned char *const old = shared;
        unsigned char *new = NULL;
        if (self == 0)
            new = realloc(old, new_size);
        else
            free(old);
        meet(self, ++turn);
        /* Where it stayed, the other may have freed it since. */
        if (new != NULL && new != old) {
            for (size_t j = 0; j < (size < new_size ? size : new_size); j++)
                if (new[j] != 7)
                    abort();
            free(new);
            moved++;
        }
    }
    if (self == 0)
        say_number("moved", moved);
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t thread;
    size = number_argument(argv, 1);
    new_size = number_argument(argv, 2);
    pairs = number_argument(argv, 3);
    pthread_create(&thread, NULL, works, &thread);
    works(NULL);
    pthread_join(thread, NULL);
    SURVIVED;
}
