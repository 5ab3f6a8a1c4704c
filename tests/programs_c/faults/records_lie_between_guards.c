/* Looks for the region of the allocator's records in the list of mappings: the largest one that can be
 * read is part of it, and so are its neighbours, parts of which can be written or not be accessed yet.
 * Says how many bytes that nobody may access lie before the region, and from its last part in use to
 * its end and beyond. */
#include "fault.h"

struct line {
    unsigned long from, to;
    int is_open, is_closed, is_named;
};
static struct line lines[4096];

int main(void) {
    static char text[1 << 20];
    free(launder(malloc(100)));
    const int descriptor = open("/proc/self/maps", O_RDONLY);
    size_t length = 0;
    for (ssize_t got; (got = read(descriptor, text + length, sizeof text - 1 - length)) > 0;)
        length += got;
    int count = 0, records = -1;
    for (char *at = text; *at && count < 4096; at = strchr(at, '\n') + 1, count++) {
        char access[8], name[2] = "";
        struct line *line = &lines[count];
        CHECK(sscanf(at, "%lx-%lx %7s %*s %*s %*[0-9]%*[ ]%1[^\n]", &line->from, &line->to, access, name) >= 3);
        line->is_named = *name;
        line->is_open = access[0] == 'r';
        line->is_closed = strcmp(access, "---p") == 0;
        if (line->is_open && !line->is_named &&
            (records < 0 || line->to - line->from > lines[records].to - lines[records].from))
            records = count;
    }
    CHECK(records > 0 && records < count - 1);
    const struct line *before = &lines[records - 1], *behind = &lines[records + 1];
    while (before > lines && before->is_open && before->to == before[1].from)
        before--;
    while (behind < &lines[count - 1] && !behind[1].is_named && behind[1].from == behind->to)
        behind++;
    /* Somebody else's mapping may begin right there; the guard is not shorter than this. */
    while (behind > &lines[records] && !(behind->is_closed && behind->to - behind->from >= 65536))
        behind--;
    CHECK(before->is_closed && before->to == before[1].from);
    CHECK(behind->is_closed && behind->from == behind[-1].to);
    say_number("before_kib", (before->to - before->from) >> 10);
    say_number("behind_kib", (behind->to - behind->from) >> 10);
    _exit(0);
}
