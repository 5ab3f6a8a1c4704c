/* System calls of the allocator's start fail: this program starts itself again for each plan,
 * and the plan counts from before any library is initialised. */
#include "workload.h"
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

static int starts_with_a_plan;

static struct plan plan_of(const char *text) {
    struct plan read = {0};
    int when = 0;
    CHECK(sscanf(text, "%u/%d/%d/%lu", &read.kinds, &read.error, &when, &read.n) == 4);
    read.when = when;
    return read;
}

static void before_libraries(int argc, char **argv, char **environment) {
    (void)environment;
    if (argc > 1 && strchr(argv[1], '/')) {
        starts_with_a_plan = 1;
        install(argv);
        begin(plan_of(argv[1]));
    }
}

__attribute__((section(".preinit_array"), used)) static void (*const first)(int, char **, char **) =
    before_libraries;

/* Says on descriptor 3 what was seen. Whether start itself failed: then all is refused. */
static int run_planned(void) {
    void *probe = malloc(100);
    const int failed_start = probe == NULL;
    CHECK(probe || errno == ENOMEM);
    free(probe);
    unsigned long seen = 0, failed = 0;
    for (int kind = 0; kind < KINDS; kind++) {
        seen += tally->seen[kind];
        failed += tally->failed[kind];
    }
    alarm(30);
    workload(plan.n * 8 + 1);
    end();
    if (!failed_start)
        all_is_well();
    /* At once: without memory dprintf writes in pieces. */
    char answer[64];
    const int length = sprintf(answer, "%lu %lu %d\n", seen, failed, failed_start);
    CHECK(write(3, answer, length) == length);
    return 0;
}

static unsigned long most_seen, all_failed, failed_starts;
static int runs, bad;

static void try(const char *self, struct plan wanted) {
    char text[64];
    sprintf(text, "%u/%d/%d/%lu", wanted.kinds, wanted.error, (int)wanted.when, wanted.n);
    char *arguments[] = {(char *)self, text, NULL};
    int answer[2];
    CHECK(pipe(answer) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, answer[1], 3);
    pid_t pid;
    CHECK(posix_spawn(&pid, self, &actions, NULL, arguments, environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    close(answer[1]);
    char line[64] = "";
    const ssize_t length = read(answer[0], line, sizeof line - 1);
    close(answer[0]);
    int status = 0;
    CHECK(waitpid(pid, &status, 0) == pid);
    unsigned long seen = 0, failed = 0;
    int failed_start = 0;
    runs++;
    if (status || length <= 0 || sscanf(line, "%lu %lu %d", &seen, &failed, &failed_start) != 3) {
        dprintf(2, "%s: status %#x, answer %ld \"%s\"\n", plan_text(wanted), status, (long)length, line);
        bad++;
        return;
    }
    most_seen = seen > most_seen ? seen : most_seen;
    all_failed += failed;
    failed_starts += failed_start;
}

int main(int argc, char **argv) {
    if (starts_with_a_plan)
        return run_planned();
    static const int errors[] = {ENOMEM, EAGAIN, EPERM, ENOSYS};
    const unsigned all = (1u << KINDS) - 1;
    /* Start makes about a dozen calls; each plan has one of the errors in turn. */
    for (int kind = 0; kind < KINDS; kind++) {
        for (unsigned long n = 1; n <= 4; n++) {
            try(argv[0], (struct plan){1u << kind, errors[(n + kind) % 4], THE_NTH, n});
            try(argv[0], (struct plan){1u << kind, errors[n % 4], FROM_THE_NTH, n});
        }
    }
    for (unsigned long n = 1; n <= 20; n++) {
        try(argv[0], (struct plan){all, errors[n % 4], THE_NTH, n});
        try(argv[0], (struct plan){all, errors[n / 2 % 4], FROM_THE_NTH, n});
        try(argv[0], (struct plan){all, errors[n % 4], ONE_IN_N, n / 2 + 2});
    }
    dprintf(1, "%d starts, %lu of which failed, %lu calls failed, at most %lu calls of a start, %d bad\n",
            runs, failed_starts, all_failed, most_seen, bad);
    CHECK(bad == 0 && most_seen >= 10 && all_failed > 200 && failed_starts > 4);
    return 0;
}
