/* A barrier for two threads, numbered 0 and 1, that lets both go within nanoseconds. Each counts its turns
 * from 1. */
#ifndef MEET_H
#define MEET_H

#include <sched.h>

static inline void meet(int self, int turn) {
    static int arrived[2];
    __atomic_store_n(&arrived[self], turn, __ATOMIC_SEQ_CST);
    for (int spins = 0; __atomic_load_n(&arrived[!self], __ATOMIC_SEQ_CST) < turn; spins++)
        if (spins > 2000)
            sched_yield();
}

#endif
