/* A small block is freed again after others have been. */
#include "fault.h"

int main(void) {
    char *p = launder(malloc(40));
    free(p);
    void *other[20];
    for (int i = 0; i < 20; i++)
        other[i] = malloc(40);
    for (int i = 0; i < 20; i++)
        CHECK(other[i] != p);
    for (int i = 0; i < 20; i++)
        free(other[i]);
    MISUSE;
    free(p);
    SURVIVED;
}
