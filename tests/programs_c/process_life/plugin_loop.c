/* Loads and unloads a plugin 200 times while four threads use it, and with threads that
 * were there before it. */
#include "check.h"
#include <dlfcn.h>
#include <pthread.h>

enum { THREADS = 4 };
static int (*works)(void);
static pthread_barrier_t barrier;
static int stop;

static void *older(void *unused) {
    (void)unused;
    for (;;) {
        pthread_barrier_wait(&barrier);
        if (stop)
            return NULL;
        CHECK(works() == 1);
        pthread_barrier_wait(&barrier);
    }
}

static void *younger(void *unused) {
    (void)unused;
    CHECK(works() == 1);
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t old[THREADS];
    CHECK(argc == 2);
    pthread_barrier_init(&barrier, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&old[i], NULL, older, NULL) == 0);
    long resident = 0;
    for (int i = 0; i < 200; i++) {
        void *plugin = dlopen(argv[1], RTLD_NOW | (i % 2 ? RTLD_GLOBAL : RTLD_LOCAL));
        CHECK(plugin);
        works = (int (*)(void))dlsym(plugin, "plugin_works");
        CHECK(works && works() == 1);
        pthread_t young;
        CHECK(pthread_create(&young, NULL, younger, NULL) == 0);
        pthread_barrier_wait(&barrier);
        pthread_barrier_wait(&barrier);
        CHECK(pthread_join(young, NULL) == 0);
        CHECK(dlclose(plugin) == 0);
        if (i == 50)
            resident = resident_kib();
    }
    CHECK(resident_kib() - resident < 16384);
    stop = 1;
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(old[i], NULL) == 0);
}
