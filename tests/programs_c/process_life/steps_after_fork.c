/* The first malloc of a forked child, interrupted twice by a handler that allocates: a few instructions after it began, and at
 * some later one. The processor calls the handler after each instruction. */
#include "check.h"
#include <signal.h>
#include <sys/wait.h>
#include <ucontext.h>

enum { FIRST = 100, SECOND = 700, STRIDE = 23, SIZE = 40, HELD = 4, MORE = 40, TRAP = 0x100 };
static volatile long step, first, second;
static void *volatile blocks[2 * HELD + MORE + 1];
static volatile int count;

static void handler(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)info;
    step++;
    if (step == first || step == second)
        for (int i = 0; i < HELD; i++)
            blocks[count++] = malloc(SIZE);
    if (step >= second)
        ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~(greg_t)TRAP;
}

static void child(void) {
    __asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq" ::: "memory", "cc");
    void *mine = malloc(SIZE);
    __asm__ volatile("pushfq; andq $~0x100, (%%rsp); popfq" ::: "memory", "cc");
    blocks[count++] = mine;
    for (int i = 0; i < MORE; i++)
        blocks[count++] = malloc(SIZE);
    for (int i = 0; i < count; i++)
        for (int j = 0; j < i; j++)
            CHECK(!blocks[i] || blocks[i] != blocks[j]);
    for (int i = 0; i < count; i++)
        free(blocks[i]);
    _exit(0);
}

int main(void) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_NODEFER};
    CHECK(sigaction(SIGTRAP, &action, NULL) == 0);
    void *warm[50];
    for (int i = 0; i < 50; i++)
        warm[i] = malloc(SIZE);
    for (int i = 0; i < 50; i++)
        free(warm[i]);
    for (first = 1; first < FIRST; first++)
        for (second = first + 1 + first % STRIDE; second < SECOND; second += STRIDE) {
            pid_t pid = fork();
            if (pid == 0)
                child();
            int status;
            CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
        }
    return 0;
}
