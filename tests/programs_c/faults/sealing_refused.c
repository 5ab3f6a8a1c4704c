/* Runs itself again under a filter that answers ENOSYS to mseal, as an older kernel does. */
#include "fault.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

int main(int argc, char **argv) {
    enum { SYS_MSEAL = 462 };
    if (argc > 1) {
        CHECK(syscall(SYS_MSEAL, argv, 0, 0) == -1 && errno == ENOSYS);
        for (size_t size = 1; size < 1 << 22; size *= 3)
            free(memset(launder(malloc(size)), 1, size));
        say_text("works\n");
        _exit(0);
    }
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_MSEAL, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
    execl("/proc/self/exe", argv[0], "again", NULL);
    return 1;
}
