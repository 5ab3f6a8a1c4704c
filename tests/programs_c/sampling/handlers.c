/* Handlers of SIGSEGV that a program sets, chains to, puts back or does without, with time in between for
 * the library to set its own again. Argument: which of these. */
#include "check.h"
#include <signal.h>
#include <time.h>

static struct sigaction found;

static void say(const char *text) {
    CHECK(write(1, text, strlen(text)) > 0);
}

static void chains(int signal, siginfo_t *info, void *context) {
    say("program's\n");
    if (found.sa_flags & SA_SIGINFO) {
        found.sa_sigaction(signal, info, context);
    } else {
        struct sigaction standard = {.sa_handler = SIG_DFL};
        sigaction(signal, &standard, NULL);
    }
}

static void once(int signal) {
    (void)signal;
    say("once\n");
}

/* What is blocked while it runs. */
static void looks(int signal) {
    sigset_t blocked;
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    say(sigismember(&blocked, SIGSEGV) ? "SEGV" : "-");
    say(sigismember(&blocked, SIGUSR1) ? " USR1" : " -");
    say(sigismember(&blocked, SIGUSR2) ? " USR2\n" : " -\n");
    _exit(0);
}

/* More than the library waits before it looks. */
static void work(void) {
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        for (int i = 0; i < 10000; i++)
            free(launder(malloc(100)));
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec - start.tv_sec < 2);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    const int ignores = strcmp(argv[1], "ignores") == 0;
    struct sigaction own = {.sa_flags = SA_SIGINFO};
    own.sa_sigaction = chains;
    if (ignores) {
        own = (struct sigaction){.sa_handler = SIG_IGN};
    }
    if (strcmp(argv[1], "once") == 0)
        own = (struct sigaction){.sa_handler = once, .sa_flags = SA_RESETHAND};
    if (strncmp(argv[1], "blocks", 6) == 0) {
        own = (struct sigaction){.sa_handler = looks};
        own.sa_flags = strcmp(argv[1], "blocks others") == 0 ? SA_NODEFER : 0;
        sigaddset(&own.sa_mask, SIGUSR1);
    }
    CHECK(sigaction(SIGSEGV, &own, &found) == 0);
    work();
    if (ignores) {
        raise(SIGSEGV);
        say("went on\n");
        return 0;
    }
    if (strcmp(argv[1], "restores") == 0) {
        CHECK(sigaction(SIGSEGV, &found, NULL) == 0);
        work();
    }
    char *const block = launder(malloc(300000));
    char *const past = launder(block + 300000 + 8192);
    return *past;
}
