/* Fails system calls that the allocator makes, and no others: a filter traps calls of the chosen
 * kinds whose instruction lies in libstarmalloc.so, and the handler of the trap makes the call
 * itself or answers with an error. libc's own calls (stacks of threads) are not touched. */
#ifndef INJECT_H
#define INJECT_H

#include "check.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <link.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>

#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24
#endif

#if !defined __x86_64__
#error "the registers of this machine are not known here"
#endif

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

enum { KINDS = 9 };
static const int kind_number[KINDS] = {
    SYS_mmap, SYS_mprotect, SYS_madvise, SYS_mremap, SYS_munmap,
    SYS_getrandom, SYS_mseal, SYS_prlimit64, SYS_sched_getaffinity,
};
static const char *const kind_name[KINDS] = {
    "mmap", "mprotect", "madvise", "mremap", "munmap",
    "getrandom", "mseal", "prlimit64", "sched_getaffinity",
};

/* What fails: which kinds (bits), with what (0: it is said to be done and is not), and when; of madvise
 * perhaps only what drops pages. Calls are counted from 1, all kinds of the plan together. */
struct plan {
    unsigned kinds;
    int error;
    enum { NEVER, THE_NTH, FROM_THE_NTH, ONE_IN_N } when;
    unsigned long n;
    int purges;
};

/* Shared with forked children, so that the first process knows what they saw. */
struct tally {
    unsigned long seen[KINDS], failed[KINDS], refusals, successes;
};
static struct tally *tally;

static struct plan plan;
static volatile int is_armed;
static unsigned long calls;

static int is_to_fail(int kind, greg_t third) {
    if (!is_armed || !(plan.kinds >> kind & 1))
        return 0;
    if (plan.purges && third != MADV_DONTNEED && third != MADV_DONTNEED_LOCKED)
        return 0;
    const unsigned long number = __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
    uint64_t state = number * 0x9E3779B97F4A7C15u + plan.n + 1;
    switch (plan.when) {
    case THE_NTH: return number == plan.n;
    case FROM_THE_NTH: return number >= plan.n;
    case ONE_IN_N:
        next_random(&state);
        return next_random(&state) / 7 % plan.n == 0;
    default: return 0;
    }
}

static void on_trap(int signal, siginfo_t *info, void *context) {
    (void)signal;
    greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
    int kind = 0;
    while (kind < KINDS && kind_number[kind] != info->si_syscall)
        kind++;
    if (kind < KINDS && is_armed)
        __atomic_add_fetch(&tally->seen[kind], 1, __ATOMIC_RELAXED);
    if (kind < KINDS && is_to_fail(kind, r[REG_RDX])) {
        __atomic_add_fetch(&tally->failed[kind], 1, __ATOMIC_RELAXED);
        r[REG_RAX] = -plan.error;
        return;
    }
    register long r10 __asm__("r10") = r[REG_R10];
    register long r8 __asm__("r8") = r[REG_R8];
    register long r9 __asm__("r9") = r[REG_R9];
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"((long)info->si_syscall), "D"(r[REG_RDI]), "S"(r[REG_RSI]),
                       "d"(r[REG_RDX]), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    r[REG_RAX] = result;
}

struct range {
    uintptr_t from, to;
};

static int find_code(struct dl_phdr_info *info, size_t size, void *found) {
    (void)size;
    struct range *range = found;
    if (!strstr(info->dlpi_name, "starmalloc"))
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && info->dlpi_phdr[i].p_flags & PF_X) {
            uintptr_t from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            if (range->from == 0)
                range->from = from;
            range->to = from + info->dlpi_phdr[i].p_memsz;
        }
    return 1;
}

#define FIELD(name) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, name))
#define TRAP(number)                                                           \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1),                       \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP)

/* At other addresses. The environment follows the arguments in memory; libc may not know it yet. */
static void start_again(char **arguments) {
    char **environment = arguments;
    while (*environment++)
        ;
    execve("/proc/self/exe", arguments, environment);
    CHECK(!"started again");
}

/* Traps from now on; nothing fails until `begin`. Allocates nothing. */
static void install(char **arguments) {
    struct range code = {0, 0};
    dl_iterate_phdr(find_code, &code);
    CHECK(code.from);
    /* The filter compares halves of addresses; one start in 15,000 puts the code across 4 GiB. */
    if (code.from >> 32 != (code.to - 1) >> 32)
        start_again(arguments);
    tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(tally != MAP_FAILED);
    struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_NODEFER};
    CHECK(sigaction(SIGSYS, &action, NULL) == 0);
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer) + 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, code.from >> 32, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        FIELD(instruction_pointer),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (uint32_t)code.from, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (uint32_t)(code.to - 1), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        FIELD(nr),
        TRAP(SYS_mmap), TRAP(SYS_mprotect), TRAP(SYS_madvise), TRAP(SYS_mremap), TRAP(SYS_munmap),
        TRAP(SYS_getrandom), TRAP(SYS_mseal), TRAP(SYS_prlimit64), TRAP(SYS_sched_getaffinity),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
}

static void begin(struct plan wanted) {
    plan = wanted;
    calls = 0;
    is_armed = 1;
}

static void end(void) { is_armed = 0; }

static const char *plan_text(struct plan shown) {
    static const char *const when[] = {"never", "the n-th", "from the n-th", "one in n"};
    static char text[200];
    char *at = text;
    for (int kind = 0; kind < KINDS; kind++)
        if (shown.kinds >> kind & 1)
            at += sprintf(at, "%s ", kind_name[kind]);
    sprintf(at, "errno %d, %s, n = %lu", shown.error, when[shown.when], shown.n);
    return text;
}

#endif
