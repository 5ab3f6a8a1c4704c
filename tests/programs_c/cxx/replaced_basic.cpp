// The program replaces the four basic operators: all the others are built on them, and the
// exceptions that they throw pass.
#include "check.h"
#include <new>

using std::align_val_t;
using std::nothrow;

struct Refused : std::bad_alloc {};
static const std::size_t LIMIT = 1 << 20;
static long news, deletes, aligned_news, aligned_deletes;

void *operator new(std::size_t n) {
    if (n > LIMIT) throw Refused();
    news++;
    return malloc(n);
}
void operator delete(void *p) noexcept {
    deletes += p != nullptr;
    free(p);
}
void *operator new(std::size_t n, align_val_t a) {
    if (n > LIMIT) throw Refused();
    aligned_news++;
    return aligned_alloc(std::size_t(a), n);
}
void operator delete(void *p, align_val_t) noexcept {
    aligned_deletes += p != nullptr;
    free(p);
}

// A result that is used: the compiler may leave out an allocation that nobody looks at.
static void *volatile made;

template <class Make> static bool refuses(Make make) {
    try {
        made = make();
    } catch (const Refused &) {
        return true;
    }
    return false;
}

int main() {
    const std::size_t n = 48;
    const align_val_t a{64};
    for (int i = 1; i <= 100; i++) {
        ::operator delete(::operator new(n), n);
        ::operator delete(::operator new(n, nothrow), nothrow);
        ::operator delete[](::operator new[](n));
        ::operator delete[](::operator new[](n), n);
        ::operator delete[](::operator new[](n, nothrow), nothrow);
        CHECK(news == 5 * i && deletes == 5 * i);
        ::operator delete(::operator new(n, a), n, a);
        ::operator delete(::operator new(n, a, nothrow), a, nothrow);
        ::operator delete[](::operator new[](n, a), a);
        ::operator delete[](::operator new[](n, a), n, a);
        ::operator delete[](::operator new[](n, a, nothrow), a, nothrow);
        CHECK(aligned_news == 5 * i && aligned_deletes == 5 * i);
        CHECK(refuses([] { return ::operator new[](LIMIT + 1); }));
        CHECK(refuses([=] { return ::operator new[](LIMIT + 1, a); }));
        CHECK(::operator new(LIMIT + 1, nothrow) == nullptr);
        CHECK(::operator new[](LIMIT + 1, nothrow) == nullptr);
        CHECK(::operator new(LIMIT + 1, a, nothrow) == nullptr);
        CHECK(::operator new[](LIMIT + 1, a, nothrow) == nullptr);
    }
}
