/* A plugin full of thread-local storage that allocates whenever it can. */
#include "check.h"
#include <pthread.h>

static __thread char wide[100000];
static __thread void *mine[50];
static pthread_key_t key;
static void *from_constructor;

__attribute__((constructor)) static void loaded(void) {
    from_constructor = malloc(1000);
    pthread_key_create(&key, free);
}

__attribute__((destructor)) static void unloaded(void) {
    free(from_constructor);
    free(malloc(5000));
    pthread_key_delete(key);
}

int plugin_works(void) {
    memset(wide, 1, sizeof wide);
    for (int i = 0; i < 50; i++)
        mine[i] = malloc(i * 50);
    for (int i = 0; i < 50; i++)
        free(mine[i]);
    pthread_setspecific(key, realloc(pthread_getspecific(key), 200));
    return wide[sizeof wide - 1];
}

void *plugin_allocates(size_t size) {
    char *p = malloc(size);
    return p ? memset(p, 7, size) : NULL;
}

void *plugin_resizes(void *p, size_t size) { return realloc(p, size); }
void plugin_frees(void *p) { free(p); }
char *plugin_duplicates(const char *text) { return strdup(text); }

char *plugin_prints(int number) {
    char *text = NULL;
    return asprintf(&text, "number %d", number) < 0 ? NULL : text;
}
