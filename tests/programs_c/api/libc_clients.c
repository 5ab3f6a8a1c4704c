/* Functions of libc that hand out memory or need much of it. */
#include "check.h"
#include <dirent.h>
#include <iconv.h>
#include <locale.h>
#include <obstack.h>
#include <regex.h>
#include <search.h>
#include <wchar.h>

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

static int by_value(const void *a, const void *b) {
    return *(const int *)a < *(const int *)b ? -1 : *(const int *)a > *(const int *)b;
}

int main(void) {
    char *text = NULL;
    SAY("asprintf: %d", asprintf(&text, "%s %0500d", "long", 7));
    free(text);
    free(strdup("a"));
    free(strndup("abc", 2));
    free(wcsdup(L"wide"));

    FILE *file = tmpfile();
    for (int i = 0; i < 2000; i++)
        fprintf(file, "line %d\n", i);
    rewind(file);
    text = NULL;
    size_t room = 0, lines = 0;
    while (getline(&text, &room, file) > 0)
        lines++;
    free(text);
    fclose(file);
    SAY("getline: %zu", lines);

    size_t length;
    file = open_memstream(&text, &length);
    for (int i = 0; i < 100000; i++)
        putc('x', file);
    fclose(file);
    SAY("open_memstream: %zu", length);
    free(text);

    struct obstack stack;
    obstack_init(&stack);
    for (int i = 0; i < 100000; i++)
        obstack_int_grow(&stack, i);
    int *numbers = obstack_finish(&stack);
    SAY("obstack: %d", numbers[99999]);
    obstack_free(&stack, NULL);

    int *sorted = malloc(500000 * sizeof *sorted);
    for (int i = 0; i < 500000; i++)
        sorted[i] = (int)((unsigned)i * 2654435761u >> 4);
    qsort(sorted, 500000, sizeof *sorted, by_value);
    SAY("qsort: %d %d", sorted[0], sorted[499999]);
    free(sorted);

    regex_t pattern;
    regmatch_t match[3];
    regcomp(&pattern, "(a|b)*c([0-9]{3,9})", REG_EXTENDED);
    SAY("regexec: %d", regexec(&pattern, "xxababc12345", 3, match, 0));
    SAY("regexec found: %d", (int)match[2].rm_so);
    regfree(&pattern);

    struct dirent **names;
    int count = scandir("/proc/self", &names, NULL, alphasort);
    SAY("scandir: %s", yes_no(count > 10));
    while (count > 0)
        free(names[--count]);
    free(names);

    SAY("hcreate: %d", hcreate(1000));
    hdestroy();
    SAY("setlocale: %s", setlocale(LC_ALL, "C"));
    iconv_t conversion = iconv_open("UTF-16LE", "UTF-8");
    SAY("iconv_open: %s", yes_no(conversion != (iconv_t)-1));
    if (conversion != (iconv_t)-1)
        iconv_close(conversion);
    char *path = realpath("/", NULL);
    SAY("realpath: %s", path);
    free(path);
    path = getcwd(NULL, 0);
    SAY("getcwd: %s", nullness(path));
    free(path);
    SAY("setenv: %d", setenv("A_NEW_NAME", "value", 1));
    SAY("getenv: %s", getenv("A_NEW_NAME"));
    FILE *pipe = popen("echo from a shell", "r");
    char line[100] = "";
    fgets(line, sizeof line, pipe);
    SAY("popen: %.16s", line);
    SAY("pclose: %d", pclose(pipe));
}
