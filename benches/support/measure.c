/*
 * measure RESULT TIMEOUT MODE [NAME=VALUE...] -- COMMAND [ARGUMENT...]
 *
 * Runs COMMAND with the given additions to its environment and writes what the
 * kernel counted to the file RESULT.
 *
 * A program of its own for two reasons. A child's peak resident size starts at
 * what its parent had at the time of exec when it was started by vfork, so a
 * runner of several megabytes would hide the peak of a small program; this one
 * is small and forks. And the preload must reach the measured program only,
 * never the runner.
 *
 * MODE is `wait` to wait for the end, or `serve` for a server, which gets
 * SIGTERM when standard input is closed. After TIMEOUT seconds the command's
 * process group is killed.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t child;
static volatile sig_atomic_t timed_out;

static void die(const char *what) {
    perror(what);
    exit(125);
}

static void on_alarm(int number) {
    (void)number;
    timed_out = 1;
    kill(-child, SIGKILL);
}

/* The command has a process group of its own, so the terminal's interrupt does
 * not reach it. */
static void on_interrupt(int number) {
    kill(-child, SIGKILL);
    _exit(128 + number);
}

static double seconds(struct timespec from, struct timespec to) {
    return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

static double cpu(struct timeval time) {
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/* What a descendant used that the command itself did not wait for. */
static void add(struct rusage *sum, const struct rusage *more) {
    timeradd(&sum->ru_utime, &more->ru_utime, &sum->ru_utime);
    timeradd(&sum->ru_stime, &more->ru_stime, &sum->ru_stime);
    sum->ru_maxrss = more->ru_maxrss > sum->ru_maxrss ? more->ru_maxrss : sum->ru_maxrss;
    sum->ru_minflt += more->ru_minflt;
    sum->ru_majflt += more->ru_majflt;
    sum->ru_nvcsw += more->ru_nvcsw;
    sum->ru_nivcsw += more->ru_nivcsw;
}

static void run(char **command, char **environment) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (; strcmp(*environment, "--") != 0; environment++) {
        putenv(*environment);
    }
    execvp(command[0], command);
    perror(command[0]);
    _exit(127);
}

int main(int argc, char **argv) {
    int split = 4;
    while (split < argc && strcmp(argv[split], "--") != 0) {
        split++;
    }
    if (split + 1 >= argc) {
        fprintf(stderr, "usage: measure RESULT TIMEOUT wait|serve [NAME=VALUE...] -- COMMAND...\n");
        return 125;
    }
    FILE *result = fopen(argv[1], "we");
    if (result == NULL) {
        die(argv[1]);
    }

    /* What the command leaves behind is reaped here, and counted. */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    struct timespec started, ended;
    clock_gettime(CLOCK_MONOTONIC, &started);
    pid_t pid = fork();
    if (pid < 0) {
        die("fork");
    }
    if (pid == 0) {
        run(argv + split + 1, argv + 4);
    }
    setpgid(pid, pid);
    child = pid;
    signal(SIGALRM, on_alarm);
    signal(SIGINT, on_interrupt);
    signal(SIGTERM, on_interrupt);
    alarm((unsigned)atoi(argv[2]));
    /* At once, so that the runner can look at the process while it runs. */
    fprintf(result, "pid=%d\n", (int)pid);
    fflush(result);

    if (strcmp(argv[3], "serve") == 0) {
        char byte;
        while (read(0, &byte, 1) > 0) {
        }
        /* To the group: a tracer in between keeps the signal to itself. */
        kill(-pid, SIGTERM);
    }

    int status;
    struct rusage used;
    while (wait4(pid, &status, 0, &used) != pid) {
    }
    clock_gettime(CLOCK_MONOTONIC, &ended);
    /* A descendant that outlives the command would disturb the next sample. */
    kill(-pid, SIGKILL);
    struct rusage left;
    while (wait4(-1, NULL, 0, &left) > 0) {
        add(&used, &left);
    }

    fprintf(result, "exit=%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    fprintf(result, "signal=%d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    fprintf(result, "timed_out=%d\n", (int)timed_out);
    fprintf(result, "wall_seconds=%.6f\n", seconds(started, ended));
    fprintf(result, "user_seconds=%.6f\n", cpu(used.ru_utime));
    fprintf(result, "system_seconds=%.6f\n", cpu(used.ru_stime));
    fprintf(result, "peak_kib=%ld\n", used.ru_maxrss);
    fprintf(result, "minor_faults=%ld\n", used.ru_minflt);
    fprintf(result, "major_faults=%ld\n", used.ru_majflt);
    fprintf(result, "context_switches=%ld\n", used.ru_nvcsw + used.ru_nivcsw);
    return fclose(result) == 0 ? 0 : 125;
}
