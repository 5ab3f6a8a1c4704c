/* A plugin opened with RTLD_DEEPBIND and the program free each other's memory. The
 * plugin is found by its bare name, along this program's own run path. */
#include "check.h"
#include <dlfcn.h>

int main(int argc, char **argv) {
    CHECK(argc == 2);
    void *plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (!plugin) {
        puts(dlerror());
        return 1;
    }
    void *(*allocates)(size_t) = dlsym(plugin, "plugin_allocates");
    void *(*resizes)(void *, size_t) = dlsym(plugin, "plugin_resizes");
    void (*frees)(void *) = dlsym(plugin, "plugin_frees");
    char *(*duplicates)(const char *) = dlsym(plugin, "plugin_duplicates");
    char *(*prints)(int) = dlsym(plugin, "plugin_prints");
    CHECK(allocates && resizes && frees && duplicates && prints);
    for (size_t size = 1; size < 1000000; size = size * 3 / 2 + 1) {
        char *p = allocates(size);
        CHECK(is_filled(p, 7, size));
        p = realloc(p, size + 50);
        p = resizes(p, size);
        CHECK(is_filled(p, 7, size));
        free(p);
        frees(malloc(size));
        frees(memalign(64, size));
    }
    free(duplicates("text"));
    free(prints(7));
    frees(strdup("text"));
    CHECK(dlclose(plugin) == 0);

    /* What dlopen refuses stays refused, with a reason. */
    CHECK(dlopen("no such plugin.so", RTLD_NOW | RTLD_DEEPBIND) == NULL);
    CHECK(strstr(dlerror(), "no such plugin.so"));
    void *self = dlopen(NULL, RTLD_NOW);
    CHECK(self && dlsym(self, "malloc"));
    dlclose(self);
}
