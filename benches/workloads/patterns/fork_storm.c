/* A process with a heap of some size forks workers one after another; each
 * allocates, frees some of what it inherited, and exits. Shells, make, and
 * prefork servers. Mappings and private pages of the allocator are copied every
 * time. */
#include "support.h"
#include <sys/wait.h>

static unsigned char child(unsigned char **objects, size_t live, struct generator *random) {
    unsigned char sum = 0;
    for (size_t i = 0; i < 200; i++) {
        unsigned char **place = &objects[below(random, live)];
        sum = (unsigned char)(sum + (*place)[0]);
        free(*place);
        *place = keep(must(malloc(mixed_size(random, 16, 1024))));
        (*place)[0] = (unsigned char)i;
    }
    return sum;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    size_t forks = setting("forks", 500);
    size_t live = setting("live", 30000);
    struct generator random = seeded(setting("seed", 10));
    settings_done();

    unsigned char **objects = must(calloc(live, sizeof *objects));
    for (size_t i = 0; i < live; i++) {
        objects[i] = keep(must(malloc(mixed_size(&random, 16, 1024))));
        objects[i][0] = (unsigned char)i;
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < forks; i++) {
        pid_t pid = fork();
        if (pid < 0) {
            fail("cannot fork");
        }
        if (pid == 0) {
            _exit(child(objects, live, &random));
        }
        int status;
        if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) {
            fail("a child did not exit by itself");
        }
        sum += (uint64_t)WEXITSTATUS(status);
        next(&random);
    }
    for (size_t i = 0; i < live; i++) {
        free(objects[i]);
    }
    free(objects);
    report("checksum", sum);
    return 0;
}
