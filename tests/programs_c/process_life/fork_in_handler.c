/* A signal handler forks while it interrupts malloc in a program of one thread. The
 * signal is a timer's, or another process's with an argument. */
#include "check.h"
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

enum { FORKS = 400 };
static volatile sig_atomic_t forks;
static int wanted;

static void handler(int number) {
    (void)number;
    const int saved = errno;
    if (forks < wanted) {
        const pid_t pid = fork();
        if (pid == 0)
            _exit(0);
        int status = 1;
        pid_t ended;
        do
            ended = waitpid(pid, &status, 0);
        while (ended < 0 && errno == EINTR);
        CHECK(pid > 0 && ended == pid && status == 0);
        forks++;
    }
    errno = saved;
}

/* Sends the signal until this process is killed. */
static pid_t sender(int signal) {
    const pid_t parent = getpid(), pid = fork();
    CHECK(pid >= 0);
    while (pid == 0) {
        if (kill(parent, signal) || getppid() != parent)
            _exit(0);
        usleep(300);
    }
    return pid;
}

int main(int argc, char **argv) {
    (void)argv;
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    pid_t other = 0;
    free(malloc(1));
    if (argc > 1) {
        sigaction(SIGUSR1, &action, NULL);
        wanted = FORKS;
        other = sender(SIGUSR1);
    } else {
        sigaction(SIGALRM, &action, NULL);
        wanted = FORKS;
        const struct itimerval every = {{0, 400}, {0, 400}};
        setitimer(ITIMER_REAL, &every, NULL);
    }
    uint64_t state = 17;
    static void *live[2000];
    while (forks < wanted) {
        for (int i = 0; i < 100; i++) {
            const int at = next_random(&state) % 2000;
            free(live[at]);
            live[at] = malloc(random_size(&state));
            CHECK(live[at]);
        }
    }
    if (other) {
        signal(SIGUSR1, SIG_IGN);
        kill(other, SIGKILL);
        waitpid(other, NULL, 0);
    }
    _exit(0);
}
