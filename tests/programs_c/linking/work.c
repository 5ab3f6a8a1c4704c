/* Threads, a fork, and the functions that only this library has. With an argument, a double free. */
#include "../check.h"
#include <pthread.h>
#include <starmalloc.h>
#include <sys/wait.h>

static void *churn(void *argument) {
    for (size_t bytes = 0; bytes < 3000; bytes++) {
        char *block = malloc(bytes);
        CHECK(block);
        memset(block, 1, bytes);
        free(block);
    }
    return argument;
}

static __attribute__((noinline)) void free_again(void *block) {
    free(launder(block));
    fflush(stdout);
}

int main(int count, char **arguments) {
    (void)arguments;
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&threads[i], NULL, churn, NULL) == 0);
    for (int i = 0; i < 4; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);

    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        churn(NULL);
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);

    char *line = NULL;
    size_t room = 0;
    FILE *self = fopen("/proc/self/comm", "r");
    CHECK(self && getline(&line, &room, self) > 0);
    fclose(self);
    free(line);

    CHECK(starmalloc_abort_message[0] == 0);
    SAY("version: %s", starmalloc_version());
    fflush(stdout);
    char *block = launder(malloc(20));
    free(block);
    if (count > 1)
        free_again(block);
    return 0;
}
