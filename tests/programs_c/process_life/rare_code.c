/* Of the library's code for faults, options and statistics no page is mapped
 * in a program that has none of them, through threads, forks and its end;
 * what the table of pages says is put to the test by a call of such code. */
#include "check.h"
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/wait.h>

static struct { uintptr_t start, end; } code[2];
static int segments;

static int of_library(struct dl_phdr_info *info, size_t size, void *unused) {
    (void)size;
    (void)unused;
    if (strstr(info->dlpi_name, "libstarmalloc") == NULL) {
        return 0;
    }
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type == PT_LOAD && (header->p_flags & PF_X) != 0) {
            CHECK(segments < 2);
            code[segments].start = info->dlpi_addr + header->p_vaddr;
            code[segments].end = code[segments].start + header->p_memsz;
            segments++;
        }
    }
    return 1;
}

/* Pages of a segment that this process has mapped. */
static int mapped(int segment) {
    int file = open("/proc/self/pagemap", O_RDONLY);
    CHECK(file >= 0);
    int pages = 0;
    for (uintptr_t page = code[segment].start / 4096; page <= (code[segment].end - 1) / 4096; page++) {
        uint64_t entry;
        CHECK(pread(file, &entry, sizeof entry, (off_t)(page * sizeof entry)) == sizeof entry);
        pages += (int)(entry >> 63);
    }
    close(file);
    return pages;
}

static void *use(void *unused) {
    for (size_t size = 1; size < 16 << 20; size = size * 3 / 2 + 1) {
        void *blocks[40];
        for (int i = 0; i < 40; i++) {
            CHECK((blocks[i] = malloc(size)) != NULL);
            CHECK((blocks[i] = realloc(blocks[i], size + size / 3)) != NULL);
        }
        for (int i = 0; i < 40; i++) {
            free(blocks[i]);
        }
        free(calloc(size, 1));
        free(aligned_alloc(64, size));
    }
    return unused;
}

/* Registered before the library's own handlers run, which are last. */
__attribute__((destructor)) static void at_the_end(void) {
    CHECK(mapped(1) == 0);
}

int main(void) {
    use(NULL);
    dl_iterate_phdr(of_library, NULL);
    CHECK(segments == 2);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, use, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    pid_t child = fork();
    CHECK(child >= 0);
    use(NULL);
    CHECK(mapped(0) > 0);
    CHECK(mapped(1) == 0);
    if (child == 0) {
        return 0;
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    child = fork();
    if (child == 0) {
        malloc_stats();
        CHECK(mapped(1) > 0);
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}
