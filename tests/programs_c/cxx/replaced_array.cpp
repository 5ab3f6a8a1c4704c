// The program replaces the array operators only: their other forms are built on them, and those
// for single objects stay as they were.
#include "check.h"
#include <new>

using std::align_val_t;
using std::nothrow;

static long news, deletes, aligned_news, aligned_deletes;

void *operator new[](std::size_t n) {
    news++;
    return malloc(n);
}
void operator delete[](void *p) noexcept {
    deletes++;
    free(p);
}
void *operator new[](std::size_t n, align_val_t a) {
    aligned_news++;
    return aligned_alloc(std::size_t(a), n);
}
void operator delete[](void *p, align_val_t) noexcept {
    aligned_deletes++;
    free(p);
}

int main() {
    const std::size_t n = 64;
    const align_val_t a{64};
    ::operator delete(::operator new(n), n);
    ::operator delete(::operator new(n, nothrow), nothrow);
    ::operator delete(::operator new(n, a), n, a);
    ::operator delete(::operator new(n, a, nothrow), a, nothrow);
    CHECK(news == 0 && deletes == 0 && aligned_news == 0 && aligned_deletes == 0);
    ::operator delete[](::operator new[](n), n);
    ::operator delete[](::operator new[](n, nothrow), nothrow);
    CHECK(news == 2 && deletes == 2);
    ::operator delete[](::operator new[](n, a), n, a);
    ::operator delete[](::operator new[](n, a, nothrow), a, nothrow);
    CHECK(aligned_news == 2 && aligned_deletes == 2);
}
