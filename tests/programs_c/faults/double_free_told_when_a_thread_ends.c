/* Two threads free a block of which neither has wiped a byte: its page takes no writes, and the first
 * to be stopped there waits for the other. Then the block leaves the quarantine of the one, and the other
 * thread ends. Its cache is emptied at once if the option arenas is 1, for that of a third thread is kept;
 * else while the first thread goes on. Arguments: the size, at most 504, and for how many seconds it goes on. */
#include "fault.h"
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>

enum { OTHERS = 20000 };
static size_t size;
static char *shared;
static sem_t served, wiping, freed, left;
static pthread_t main_thread;

static void await(sem_t *turn) {
    while (sem_wait(turn) != 0)
        ;
}

static void stopped(int number) {
    (void)number;
    if (pthread_equal(pthread_self(), main_thread)) {
        sem_post(&wiping);
        await(&freed);
    } else {
        CHECK(mprotect((void *)((uintptr_t)shared & -4096), 4096, PROT_READ | PROT_WRITE) == 0);
    }
}

static void *frees_and_ends(void *unused) {
    free(launder(malloc(size)));
    sem_post(&served);
    await(&wiping);
    free(shared);
    sem_post(&freed);
    await(&left);
    MISUSE(shared);
    return unused;
}

static void *ends(void *unused) {
    free(launder(malloc(size)));
    return unused;
}

int main(int unused, char **argv) {
    (void)unused;
    static void *other[OTHERS];
    pthread_t second, third;
    size = number_argument(argv, 1);
    main_thread = pthread_self();
    signal(SIGSEGV, stopped);
    sem_init(&served, 0, 0), sem_init(&wiping, 0, 0), sem_init(&freed, 0, 0), sem_init(&left, 0, 0);
    for (int i = 0; i < OTHERS; i++)
        other[i] = malloc(size);
    shared = malloc(size);
    free(launder(malloc(size)));
    pthread_create(&second, NULL, frees_and_ends, NULL);
    await(&served);
    pthread_create(&third, NULL, ends, NULL);
    pthread_join(third, NULL);
    CHECK(mprotect((void *)((uintptr_t)shared & -4096), 4096, PROT_READ) == 0);
    free(shared);
    /* Nothing is allocated from here on: the slot does not begin another life. */
    for (int i = 0; i < OTHERS; i++)
        free(other[i]);
    sem_post(&left);
    pthread_join(second, NULL);
    for (const time_t end = time(NULL) + number_argument(argv, 2); time(NULL) < end;)
        free(launder(malloc(1000)));
    SURVIVED;
}
