/* One kind of system call (first argument), or all of them, fails in a process that has started:
 * each call once, one in n, all from the n-th on. Each plan has a forked child of its own. */
#include "workload.h"
#include <sys/wait.h>

static int bad;

static void try(struct plan wanted) {
    const pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        alarm(30);
        begin(wanted);
        workload(wanted.n * 8 + 1);
        end();
        all_is_well();
        _exit(0);
    }
    int status = 0;
    CHECK(waitpid(pid, &status, 0) == pid);
    if (status) {
        dprintf(2, "%s: status %#x\n", plan_text(wanted), status);
        bad++;
    }
}

int main(int argc, char **argv) {
    unsigned kinds = 0;
    CHECK(argc > 1);
    for (int kind = 0; kind < KINDS; kind++)
        if (strcmp(argv[1], kind_name[kind]) == 0 || strcmp(argv[1], "all") == 0)
            kinds |= 1u << kind;
    CHECK(kinds);
    const unsigned long nth = argc > 2 ? strtoul(argv[2], NULL, 10) : 40;
    install(argv);
    static const int errors[] = {ENOMEM, EAGAIN, EPERM, ENOSYS};
    for (unsigned long n = 1; n <= nth; n++) {
        const int error = errors[n % 4];
        try((struct plan){kinds, error, THE_NTH, n});
        if (n % 3 == 1)
            try((struct plan){kinds, error, FROM_THE_NTH, n});
        if (n > 1)
            try((struct plan){kinds, error, ONE_IN_N, n / 2 + 1});
    }
    unsigned long seen = 0, failed = 0;
    for (int kind = 0; kind < KINDS; kind++) {
        if (tally->seen[kind])
            dprintf(1, "%s: %lu calls, %lu failed\n", kind_name[kind], tally->seen[kind],
                    tally->failed[kind]);
        seen += tally->seen[kind];
        failed += tally->failed[kind];
    }
    dprintf(1, "%lu refusals, %lu successes, %d bad\n", tally->refusals, tally->successes, bad);
    CHECK(bad == 0 && failed > 20 && tally->successes > 20000);
    return 0;
}
