/* malloc_info's answers; with an argument, its report on standard output. */
#include "check.h"

int main(int argc, char **argv) {
    (void)argv;
    void *kept[100];
    for (int i = 0; i < 100; i++)
        kept[i] = malloc(i * 3000 + 1);
    if (argc > 1)
        return malloc_info(0, stdout);
    FILE *sink = fopen("/dev/null", "w");
    SAY("malloc_info(0): %d", malloc_info(0, sink));
    SAY("malloc_info(1): %s", errno_name(malloc_info(1, sink)));
    fclose(sink);
    char *text = NULL;
    size_t length = 0;
    sink = open_memstream(&text, &length);
    malloc_info(0, sink);
    fclose(sink);
    SAY("it writes to memory: %s", yes_no(length > 20 && strstr(text, "</malloc>")));
    free(text);
}
