/* A plugin of C++, for a program of plain C: it finds its runtime, and nobody else does. */
#include <cstdio>
#include <new>

static int called;

static void handler() {
    called++;
    std::set_new_handler(nullptr);
}

extern "C" int plugin_asks(size_t size) {
    std::set_new_handler(handler);
    try {
        delete[] new char[size];
    } catch (const std::bad_alloc &) {
        printf("caught, handler called %d time(s)\n", called);
    }
    printf("without throwing: %p\n", static_cast<void *>(new (std::nothrow) char[size]));
    return 0;
}
