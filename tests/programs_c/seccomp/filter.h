/* Kills the process at any system call but those an allocator may make after start-up,
 * and those with which a program writes its answer and ends. */
#ifndef FILTER_H
#define FILTER_H

#include "check.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined __x86_64__
#define OUR_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define OUR_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "this machine is not known"
#endif

#define ALLOW(number)                                                          \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1),                       \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* The allocator's calls. */
#define ALLOCATOR_CALLS                                                        \
    ALLOW(SYS_mmap), ALLOW(SYS_munmap), ALLOW(SYS_mprotect), ALLOW(SYS_madvise), \
        ALLOW(SYS_mremap), ALLOW(SYS_futex), ALLOW(SYS_sched_yield)

/* What a fault report makes besides, `abort` included. */
#define REPORT_CALLS                                                           \
    ALLOW(SYS_write), ALLOW(SYS_getpid), ALLOW(SYS_gettid), ALLOW(SYS_prctl),  \
        ALLOW(SYS_openat), ALLOW(SYS_read), ALLOW(SYS_getdents64),             \
        ALLOW(SYS_close), ALLOW(SYS_nanosleep), ALLOW(SYS_rt_sigprocmask),     \
        ALLOW(SYS_sigaltstack),                                                \
        ALLOW(SYS_rt_sigaction), ALLOW(SYS_tgkill)

/* The test program's own. */
#define PROGRAM_CALLS ALLOW(SYS_write), ALLOW(SYS_exit_group), ALLOW(SYS_exit)

/* What libc does when a thread ends. */
#define THREAD_END_CALLS                                                       \
    ALLOW(SYS_rt_sigprocmask), ALLOW(SYS_set_robust_list), ALLOW(SYS_rseq)

#define FILTER_OF(name, ...)                                                   \
    struct sock_filter name[] = {                                              \
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)), \
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCHITECTURE, 1, 0),           \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),                   \
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)), \
        __VA_ARGS__,                                                           \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),                   \
    }

#define INSTALL(filter)                                                        \
    do {                                                                       \
        struct sock_fprog program = {sizeof filter / sizeof *filter, filter};  \
        CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);                    \
        CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,                    \
                      SECCOMP_FILTER_FLAG_TSYNC, &program) == 0);              \
    } while (0)

/* Every kind of call, hard. */
static void work_hard(uint64_t seed) {
    enum { LIVE = 3000 };
    uint64_t state = seed;
    static __thread char *live[LIVE];
    for (int i = 0; i < 150000; i++) {
        char **at = &live[next_random(&state) % LIVE];
        const size_t size = random_size(&state);
        switch (next_random(&state) % 8) {
        case 0: free(*at); *at = calloc(1, size); break;
        case 1: *at = realloc(*at, size + 1); break;
        case 2: free(*at); *at = memalign(256, size); break;
        case 3: free(*at); *at = NULL; break;
        default: free(*at); *at = malloc(size); break;
        }
        if (*at && size)
            (*at)[0] = (*at)[size - 1] = 1;
        if (i % 20000 == 0) {
            malloc_trim(0);
            mallinfo2();
            CHECK(malloc(SIZE_MAX) == NULL);
        }
        if (i % 500 == 0) {
            char *large = malloc((size_t)1 << (18 + next_random(&state) % 8));
            CHECK(large);
            large[0] = 1;
            large = realloc(large, 5 << 20);
            CHECK(large);
            free(large);
        }
    }
    for (int i = 0; i < LIVE; i++)
        free(live[i]);
    /* Enough at once to open new memory, and all of it back. */
    static __thread char *many[100000];
    for (int i = 0; i < 100000; i++)
        many[i] = memset(malloc(300), 1, 300);
    for (int i = 0; i < 100000; i++)
        free(many[i]);
    malloc_trim(0);
}

#endif
