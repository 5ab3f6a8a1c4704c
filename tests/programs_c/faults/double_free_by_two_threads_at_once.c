/* Two threads free the same block at the same moment, again and again; after each such pair
 * both free so many others that the block does not stay in quarantine. Arguments: the size
 * and how many pairs. Every pair must be told once, which needs on_fault=report_only. */
#include "fault.h"
#include "meet.h"
#include <pthread.h>

enum { MOST = 1500 };
static size_t size, pairs;
static void *stock[2][MOST], *late[2][5 * MOST];
static void *volatile shared;

/* What waits leaves in random halves: so many frees leave little behind, and the frees after
 * the next pair the rest. Large blocks do not wait. */
static int stock_count(void) {
    const size_t fit = (size_t)MOST * 128 / (size + 1);
    return size > 131096 ? 0 : fit > MOST ? MOST : fit < 40 ? 40 : (int)fit;
}

static void *frees(void *self_pointer) {
    const int self = self_pointer != NULL;
    int turn = 0;
    for (size_t i = 0; i < pairs; i++) {
        for (int j = 0; j < stock_count(); j++)
            stock[self][j] = malloc(size);
        if (self == 0)
            shared = malloc(size);
        meet(self, ++turn);
        free(shared);
        meet(self, ++turn);
        /* Nothing is allocated meanwhile, so that no slot begins another life. One after the
         * other, so that two copies of one slot do not leave at the same moment too. */
        for (int who = 0; who < 2; who++) {
            for (int j = 0; j < stock_count() && who == self; j++)
                free(stock[self][j]);
            meet(self, ++turn);
        }
    }
    /* The last pair gets the same again. */
    for (int who = 0; who < 2; who++) {
        for (int j = 0; j < 5 * stock_count() && who == self; j++)
            free(late[self][j]);
        meet(self, ++turn);
    }
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t thread;
    size = number_argument(argv, 1);
    pairs = number_argument(argv, 2);
    for (int self = 0; self < 2; self++)
        for (int j = 0; j < 5 * stock_count(); j++)
            late[self][j] = malloc(size);
    pthread_create(&thread, NULL, frees, &thread);
    frees(NULL);
    pthread_join(thread, NULL);
    SURVIVED;
}
