/* A block is freed twice by a function whose callers are known; says the line of the second
 * free. Argument: how the function is reached (plainly, in a thread, in a signal handler, on a
 * stack of the handler's own, through a library, from a function with a realigned stack or with
 * callers whose frames were written over), and the library. Built without frame pointers. */
#include "fault.h"
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

/* Keeps the call before it from becoming a jump. */
#define STAY __asm__ volatile("" ::: "memory")

static void *block;

__attribute__((noinline)) static void frees_twice(void) {
    say_number("line", __LINE__ + 1);
    free(block);
    STAY;
}

__attribute__((noinline)) static void calls(void) {
    frees_twice();
    STAY;
}

static void *thread(void *unused) {
    calls();
    STAY;
    return NULL;
}

static void handler(int number) {
    calls();
    STAY;
}

__attribute__((noinline)) static void writes(volatile int *at) {
    *at = 1;
    STAY;
}

__attribute__((noinline)) static void realigns(size_t length) {
    char vector[64] __attribute__((aligned(64)));
    char *variable = __builtin_alloca(length);
    launder(vector);
    launder(variable);
    calls();
    STAY;
}

/* Writes over its callers' frames, up to the end of the stack that is in use. */
__attribute__((noinline)) static void smashes(void) {
    char *const frame = __builtin_frame_address(0);
    memset(frame, 'A', 256);
    calls();
    STAY;
}

static void faults(int flags) {
    /* Not long, and with a guard below. */
    enum { LENGTH = 16384 };
    char *const map = mmap(NULL, 2 * LENGTH, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(map != MAP_FAILED && mprotect(map + LENGTH, LENGTH, PROT_READ | PROT_WRITE) == 0);
    const stack_t own = {.ss_sp = map + LENGTH, .ss_size = LENGTH};
    CHECK(sigaltstack(&own, NULL) == 0);
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
    writes(NULL);
}

int main(int argc, char **argv) {
    const char *const way = argv[1];
    block = launder(malloc(40));
    free(block);
    MISUSE(block);
    if (strcmp(way, "plainly") == 0)
        calls();
    if (strcmp(way, "thread") == 0) {
        pthread_t id;
        pthread_create(&id, NULL, thread, NULL);
        pthread_join(id, NULL);
    }
    if (strcmp(way, "handler") == 0)
        faults(0);
    if (strcmp(way, "handler's stack") == 0)
        faults(SA_ONSTACK);
    if (strcmp(way, "realigned") == 0)
        realigns(argc * 100);
    if (strcmp(way, "library") == 0) {
        void *const library = dlopen(argv[2], RTLD_NOW);
        CHECK(library);
        void (*const call)(void (*)(void)) = (void (*)(void (*)(void)))dlsym(library, "passes_on");
        CHECK(call);
        call(calls);
    }
    if (strcmp(way, "constructor") == 0) {
        dlopen(argv[2], RTLD_NOW);
        STAY;
    }
    if (strcmp(way, "smashed") == 0)
        smashes();
    if (strcmp(way, "library frees") == 0) {
        void *const library = dlopen(argv[2], RTLD_NOW);
        CHECK(library);
        void (*const call)(void *) = (void (*)(void *))dlsym(library, "frees");
        CHECK(call);
        call(block);
    }
    SURVIVED;
}
