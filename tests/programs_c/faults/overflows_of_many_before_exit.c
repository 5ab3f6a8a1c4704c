/* A byte behind each of five blocks is changed, and the program ends without freeing them. */
#include "fault.h"

int main(void) {
    static char *p[5];
    for (int i = 0; i < 5; i++)
        p[i] = launder(malloc(20 + 300 * i));
    for (int i = 0; i < 5; i++)
        p[i][20 + 300 * i] ^= 'A';
    MISUSE(NULL);
    return 0;
}
