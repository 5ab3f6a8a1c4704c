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

enum { BLOCKS = 1000 };

/* What the classes say, in all. */
static struct starmalloc_class_statistics sum(const struct starmalloc_statistics *all) {
    struct starmalloc_class_statistics sum = { 0 };
    for (size_t i = 0; i < all->class_count; i++) {
        sum.live += all->classes[i].live;
        sum.live_bytes += all->classes[i].live_bytes;
    }
    return sum;
}

/* The statistics follow what is allocated, to the byte, and no more is written than there is room for. */
static void count_blocks(void) {
    static struct starmalloc_statistics before, after;
    static void *block[BLOCKS];
    CHECK(starmalloc_stats(&before, sizeof before) == sizeof before);
    for (size_t i = 0; i < BLOCKS; i++)
        CHECK(block[i] = launder(malloc(i)));
    void *large = launder(malloc(1000000));
    CHECK(starmalloc_stats(&after, sizeof after) == after.size);
    CHECK(sum(&after).live - sum(&before).live == BLOCKS);
    CHECK(sum(&after).live_bytes - sum(&before).live_bytes == BLOCKS * (BLOCKS - 1) / 2);
    CHECK(after.large_live - before.large_live == 1);
    CHECK(after.large_live_bytes - before.large_live_bytes == 1000000);
    free(large);
    for (size_t i = 0; i < BLOCKS; i++)
        free(block[i]);
    unsigned char some[24];
    memset(some, 0x5a, sizeof some);
    CHECK(starmalloc_stats((struct starmalloc_statistics *)some, 12) == sizeof after);
    CHECK(some[0] != 0x5a && some[11] != 0x5a && some[12] == 0x5a);
    CHECK(starmalloc_stats(NULL, 0) == sizeof after);
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

    count_blocks();
    CHECK(starmalloc_abort_message[0] == 0);
    SAY("version: %s", starmalloc_version());
    fflush(stdout);
    char *block = launder(malloc(20));
    free(block);
    if (count > 1)
        free_again(block);
    return 0;
}
