/* Threads start programs in every way there is while others allocate. */
#include "check.h"
#include <pthread.h>
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;
static int stop;

static void *busy(void *seed) {
    uint64_t state = (uintptr_t)seed * 31;
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
        free(malloc(random_size(&state)));
    return NULL;
}

static void wait_for(pid_t pid) {
    int status;
    CHECK(pid > 0);
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(status == 0);
}

static void *starts(void *unused) {
    char *const arguments[] = {"true", NULL};
    (void)unused;
    for (int i = 0; i < 20; i++) {
        pid_t pid;
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, 9, "/dev/null", 0, 0);
        CHECK(posix_spawn(&pid, "/bin/true", &actions, NULL, arguments, environ) == 0);
        posix_spawn_file_actions_destroy(&actions);
        wait_for(pid);

        pid = vfork();
        if (pid == 0) {
            execve("/bin/true", arguments, environ);
            _exit(9);
        }
        wait_for(pid);

        pid = fork();
        if (pid == 0) {
            execlp("true", "true", (char *)NULL);
            _exit(9);
        }
        wait_for(pid);
        if (i % 5 == 0) {
            CHECK(system("exit 0") == 0);
            FILE *pipe = popen("echo x", "r");
            CHECK(pipe && getc(pipe) == 'x' && pclose(pipe) == 0);
        }
    }
    return NULL;
}

int main(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "again")) {
        puts("started again");
        return 0;
    }
    pthread_t thread[6];
    for (intptr_t i = 0; i < 6; i++)
        CHECK(pthread_create(&thread[i], NULL, i < 3 ? starts : busy, (void *)(i + 1)) == 0);
    for (int i = 0; i < 3; i++)
        CHECK(pthread_join(thread[i], NULL) == 0);
    /* The busy ones never end: exec replaces them as they are. */
    execl("/proc/self/exe", argv[0], "again", (char *)NULL);
    return 9;
}
