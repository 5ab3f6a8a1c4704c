/* A program of plain C that loads the plugin of C++ named by the argument, for itself alone. */
#include "check.h"
#include <dlfcn.h>

int main(int argc, char **argv) {
    CHECK(argc == 2);
    void *plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    CHECK(plugin != NULL);
    int (*asks)(size_t) = (int (*)(size_t))dlsym(plugin, "plugin_asks");
    CHECK(asks != NULL);
    return asks((size_t)1 << 62);
}
