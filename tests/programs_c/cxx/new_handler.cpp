// Where memory is wanting, throwing operators call the new-handler until it gives up,
// then throw std::bad_alloc; the others give NULL.
#include "check.h"
#include <new>

using std::align_val_t;
using std::nothrow;

static int calls;
static volatile std::size_t huge = PTRDIFF_MAX - 4096;

static void give_up_at_third() {
    if (++calls == 3)
        std::set_new_handler(nullptr);
}

template <class Allocate> static void throws(Allocate allocate) {
    calls = 0;
    std::set_new_handler(give_up_at_third);
    bool caught = false;
    try {
        allocate();
    } catch (const std::bad_alloc &error) {
        caught = error.what() != nullptr;
    }
    CHECK(caught);
    CHECK(calls == 3);
    // Without a handler at once.
    caught = false;
    try {
        allocate();
    } catch (const std::bad_alloc &) {
        caught = true;
    }
    CHECK(caught);
    CHECK(calls == 3);
}

template <class Allocate> static void is_null(Allocate allocate) {
    calls = 0;
    std::set_new_handler(give_up_at_third);
    CHECK(allocate() == nullptr);
    CHECK(calls == 3);
    CHECK(allocate() == nullptr);
}

int main() {
    for (int round = 0; round < 100; round++) {
        throws([] { return ::operator new(huge); });
        throws([] { return ::operator new[](huge); });
        throws([] { return ::operator new(huge, align_val_t{64}); });
        throws([] { return ::operator new[](huge, align_val_t{1 << 20}); });
        is_null([] { return ::operator new(huge, nothrow); });
        is_null([] { return ::operator new[](huge, nothrow); });
        is_null([] { return ::operator new(huge, align_val_t{64}, nothrow); });
        is_null([] { return ::operator new[](huge, align_val_t{64}, nothrow); });
    }
    void *p = ::operator new(100);
    CHECK(p != nullptr);
    ::operator delete(p);
}
