/* A handler for SIGABRT does not let the process end: it jumps out, ends its thread, or waits for another
 * thread, which then commits a misuse of its own. Argument: jump, exit or wait. */
#include "fault.h"
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>

static sigjmp_buf back;
static const char *way;
static char *first, *second;
static pthread_t other;

static void *misuses(void *unused) {
    free(second);
    return NULL;
}

static void goes_on(void) {
    pthread_create(&other, NULL, misuses, NULL);
    pthread_join(other, NULL);
}

static void handler(int number) {
    if (strcmp(way, "jump") == 0)
        siglongjmp(back, 1);
    if (strcmp(way, "exit") == 0)
        pthread_exit(NULL);
    goes_on();
}

static void *is_at_fault(void *unused) {
    free(first);
    return NULL;
}

int main(int argc, char **argv) {
    CHECK(argc > 1);
    way = argv[1];
    signal(SIGABRT, handler);
    free(first = launder(malloc(40)));
    free(second = launder(malloc(400)));
    MISUSE(second);
    if (strcmp(way, "exit") == 0) {
        pthread_t thread;
        pthread_create(&thread, NULL, is_at_fault, NULL);
        pthread_join(thread, NULL);
    } else if (sigsetjmp(back, 1) == 0) {
        free(first);
    }
    goes_on();
    SURVIVED;
}
