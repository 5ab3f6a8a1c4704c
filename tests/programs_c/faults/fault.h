/* What the misuse programs share: marks on standard output for how far they came. */
#ifndef FAULT_H
#define FAULT_H

#include "check.h"

/* Stands just before the misuse: everything up to it must have worked. */
#define MISUSE CHECK(write(1, "reached\n", 8) == 8)

/* The misuse was not noticed. */
#define SURVIVED                                                               \
    do {                                                                       \
        CHECK(write(1, "survived\n", 9) == 9);                                 \
        _exit(0);                                                              \
    } while (0)

#endif
