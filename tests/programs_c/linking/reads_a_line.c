/* Allocates by a function of libc alone. */
#include <stdio.h>

int main(void) {
    static char *line;
    static size_t room;
    FILE *file = fopen("/proc/self/stat", "r");
    return file && getline(&line, &room, file) > 0 ? 0 : 1;
}
