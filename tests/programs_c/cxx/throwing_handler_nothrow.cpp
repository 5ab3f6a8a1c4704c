// A new-handler that throws bad_alloc under a nothrow operator: the answer is NULL.
#include "check.h"
#include <new>

static volatile std::size_t huge = PTRDIFF_MAX - 4096;
static void handler() { throw std::bad_alloc(); }

int main() {
    std::set_new_handler(handler);
    for (int i = 0; i < 100; i++) {
        CHECK(::operator new(huge, std::nothrow) == nullptr);
        CHECK(::operator new[](huge, std::nothrow) == nullptr);
        CHECK(::operator new(huge, std::align_val_t{64}, std::nothrow) == nullptr);
    }
}
