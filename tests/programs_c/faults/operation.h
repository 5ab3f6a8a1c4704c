/* The functions that take the address of a block, by name. They are looked up at run time:
 * not every C library has all of them, and C has no `delete`. */
#ifndef OPERATION_H
#define OPERATION_H

#include "fault.h"
#include <dlfcn.h>

static void *operation_found;

/* Finds the function; without it the program says so and ends. */
static inline void find_operation(const char *name) {
    static const char *const other_names[][2] = {
        {"realloc_same", "realloc"},   {"realloc_to_nothing", "realloc"},
        {"delete", "_ZdlPv"},          {"delete[]", "_ZdaPv"},
        {"sized_delete", "_ZdlPvm"},   {"sized_delete[]", "_ZdaPvm"},
        {"nothrow_delete", "_ZdlPvRKSt9nothrow_t"},
        {"aligned_delete", "_ZdlPvSt11align_val_t"},
        {"aligned_delete[]", "_ZdaPvSt11align_val_t"},
        {"aligned_sized_delete", "_ZdlPvmSt11align_val_t"},
        {"aligned_sized_delete[]", "_ZdaPvmSt11align_val_t"},
    };
    const char *symbol = name;
    for (size_t i = 0; i < sizeof other_names / sizeof *other_names; i++)
        if (strcmp(name, other_names[i][0]) == 0)
            symbol = other_names[i][1];
    operation_found = dlsym(RTLD_DEFAULT, symbol);
    if (!operation_found) {
        say_text("absent\n");
        _exit(0);
    }
}

/* Calls the function on `pointer`. Those that want a size are told `size`, those that want an
 * alignment `alignment`. */
static inline void operate_aligned(const char *name, void *pointer, size_t size,
                                   size_t alignment) {
    void *const f = operation_found;
    CHECK(f);
    if (strcmp(name, "free") == 0 || strcmp(name, "cfree") == 0 ||
        strcmp(name, "delete") == 0 || strcmp(name, "delete[]") == 0)
        ((void (*)(void *))f)(pointer);
    else if (strcmp(name, "realloc") == 0)
        ((void *(*)(void *, size_t))f)(pointer, size * 3 + 5000);
    else if (strcmp(name, "realloc_same") == 0)
        ((void *(*)(void *, size_t))f)(pointer, size);
    else if (strcmp(name, "realloc_to_nothing") == 0)
        ((void *(*)(void *, size_t))f)(pointer, 0);
    else if (strcmp(name, "reallocarray") == 0)
        ((void *(*)(void *, size_t, size_t))f)(pointer, 3, size + 5000);
    else if (strcmp(name, "malloc_usable_size") == 0)
        ((size_t (*)(void *))f)(pointer);
    else if (strcmp(name, "free_sized") == 0 || strcmp(name, "sized_delete") == 0 ||
             strcmp(name, "sized_delete[]") == 0)
        ((void (*)(void *, size_t))f)(pointer, size);
    else if (strcmp(name, "free_aligned_sized") == 0)
        ((void (*)(void *, size_t, size_t))f)(pointer, alignment, size);
    else if (strcmp(name, "aligned_sized_delete") == 0 ||
             strcmp(name, "aligned_sized_delete[]") == 0)
        ((void (*)(void *, size_t, size_t))f)(pointer, size, alignment);
    else if (strcmp(name, "nothrow_delete") == 0)
        ((void (*)(void *, const void *))f)(pointer, "");
    else if (strcmp(name, "aligned_delete") == 0 || strcmp(name, "aligned_delete[]") == 0)
        ((void (*)(void *, size_t))f)(pointer, alignment);
    else
        CHECK(!"a known operation");
}

static inline void operate(const char *name, void *pointer, size_t size) {
    operate_aligned(name, pointer, size, 16);
}

#endif
