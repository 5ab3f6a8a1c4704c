/* Two basic operators without a C++ runtime: those that the library adds are built on them, from
 * the first call on. Without the library there are no others. */
#include "check.h"
#include <dlfcn.h>

static char block[64];
static int news, deletes;

void *_Znwm(size_t size) {
    CHECK(size <= sizeof block);
    news++;
    return block;
}

void _ZdlPv(void *p) {
    CHECK(p == block);
    deletes++;
}

int main(void) {
    void (*delete_sized)(void *, size_t) = (void (*)(void *, size_t))dlsym(RTLD_DEFAULT, "_ZdlPvm");
    void (*delete_array)(void *) = (void (*)(void *))dlsym(RTLD_DEFAULT, "_ZdaPv");
    void *(*new_array)(size_t) = (void *(*)(size_t))dlsym(RTLD_DEFAULT, "_Znam");
    void *(*new_nothrow)(size_t, const void *) =
        (void *(*)(size_t, const void *))dlsym(RTLD_DEFAULT, "_ZnwmRKSt9nothrow_t");
    if (!delete_sized) return 0;
    delete_sized(block, 64);
    delete_array(block);
    CHECK(new_array(10) == block);
    CHECK(new_nothrow(10, "") == block);
    CHECK(news == 2 && deletes == 2);
}
