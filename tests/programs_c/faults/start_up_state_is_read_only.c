/* What the library decides at start lies on pages of its own data that nobody can write any more.
 * Says how many bytes of the library's writable segments, those apart that the loader itself
 * closes, cannot be written; whether the program can make them writable again; and whether this
 * kernel can forbid that. */
#include "fault.h"
#include <link.h>
#include <sys/mman.h>

static uintptr_t from, to, closed_from, closed_to;

static int looks(struct dl_phdr_info *object, size_t size, void *unused) {
    if (!strstr(object->dlpi_name, "starmalloc"))
        return 0;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        const uintptr_t start = object->dlpi_addr + part->p_vaddr, end = start + part->p_memsz;
        if (part->p_type == PT_LOAD && part->p_flags & PF_W && (!from || end > to))
            from = start & -4096, to = end;
        if (part->p_type == PT_GNU_RELRO)
            closed_from = start & -4096, closed_to = (end + 4095) & -4096;
    }
    return 1;
}

static int pipe_ends[2];

/* Whether a byte can be written; the kernel says so without a fault. Writes what is there. */
static int is_writable(char *at) {
    char byte;
    CHECK(write(pipe_ends[1], at, 1) == 1);
    if (read(pipe_ends[0], at, 1) == 1)
        return 1;
    CHECK(read(pipe_ends[0], &byte, 1) == 1);
    return 0;
}

/* Whether the kernel has mseal(2). */
static int kernel_seals(void) {
    enum { MSEAL = 462 };
    void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page != MAP_FAILED && syscall(MSEAL, page, 4096ul, 0ul) == 0;
}

int main(void) {
    free(launder(malloc(100)));
    CHECK(pipe(pipe_ends) == 0 && dl_iterate_phdr(looks, NULL) == 1 && from < to);
    size_t bytes = 0;
    int reopens = 0;
    for (uintptr_t page = from; page < to; page += 4096) {
        if ((page >= closed_from && page < closed_to) || is_writable((char *)page))
            continue;
        bytes += 4096;
        reopens |= mprotect((void *)page, 4096, PROT_READ | PROT_WRITE) == 0;
    }
    say_number("read_only", bytes);
    say_number("reopens", reopens);
    say_number("kernel_seals", kernel_seals());
    _exit(0);
}
