/* A large block is freed, or moves elsewhere by realloc; its old address is freed after so many others
 * that its addresses were given back to the system. Arguments: the size, and freed or moved. */
#include "fault.h"

int main(int argc, char **argv) {
    enum { OTHERS = 100 };
    size_t size = number_argument(argv, 1);
    void *others[OTHERS];
    for (int i = 0; i < OTHERS; i++)
        others[i] = launder(malloc(size));
    char *const old = launder(malloc(size));
    if (strcmp(argv[2], "moved") == 0)
        for (char *p = old; p == old; size *= 2)
            p = launder(realloc(p, size));
    else
        free(old);
    for (int i = 0; i < OTHERS; i++)
        free(others[i]);
    MISUSE(old);
    free(old);
    SURVIVED;
}
