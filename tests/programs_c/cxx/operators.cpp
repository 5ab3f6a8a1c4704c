// Each of the 20 replaceable operators gives and takes back usable, aligned memory.
#include "check.h"
#include <new>

using std::align_val_t;
using std::nothrow;

static const std::size_t sizes[] = {0, 1, 7, 16, 24, 100, 1000, 5000, 131072, 200000, 3 << 20};

static void use(void *p, std::size_t size, std::size_t alignment) {
    CHECK(p != nullptr);
    CHECK(is_aligned(p, alignment));
    CHECK(malloc_usable_size(p) >= size);
    memset(p, 0x77, size);
    CHECK(is_filled(p, 0x77, size));
}

static void plain(std::size_t n) {
    void *p;
    use(p = ::operator new(n), n, 16);
    ::operator delete(p);
    use(p = ::operator new[](n), n, 16);
    ::operator delete[](p);
    use(p = ::operator new(n, nothrow), n, 16);
    ::operator delete(p, nothrow);
    use(p = ::operator new[](n, nothrow), n, 16);
    ::operator delete[](p, nothrow);
    use(p = ::operator new(n), n, 16);
    ::operator delete(p, n);
    use(p = ::operator new[](n), n, 16);
    ::operator delete[](p, n);
    use(p = ::operator new(n, nothrow), n, 16);
    ::operator delete(p, n);
}

static void aligned(std::size_t n, std::size_t alignment) {
    const align_val_t a{alignment};
    void *p;
    use(p = ::operator new(n, a), n, alignment);
    ::operator delete(p, a);
    use(p = ::operator new[](n, a), n, alignment);
    ::operator delete[](p, a);
    use(p = ::operator new(n, a, nothrow), n, alignment);
    ::operator delete(p, a, nothrow);
    use(p = ::operator new[](n, a, nothrow), n, alignment);
    ::operator delete[](p, a, nothrow);
    use(p = ::operator new(n, a), n, alignment);
    ::operator delete(p, n, a);
    use(p = ::operator new[](n, a), n, alignment);
    ::operator delete[](p, n, a);
}

int main() {
    ::operator delete(nullptr);
    ::operator delete[](nullptr);
    ::operator delete(nullptr, nothrow);
    ::operator delete[](nullptr, nothrow);
    ::operator delete(nullptr, std::size_t{8});
    ::operator delete[](nullptr, std::size_t{8});
    ::operator delete(nullptr, align_val_t{64});
    ::operator delete[](nullptr, align_val_t{64});
    ::operator delete(nullptr, align_val_t{64}, nothrow);
    ::operator delete[](nullptr, align_val_t{64}, nothrow);
    ::operator delete(nullptr, std::size_t{8}, align_val_t{64});
    ::operator delete[](nullptr, std::size_t{8}, align_val_t{64});
    for (std::size_t n : sizes) {
        plain(n);
        for (std::size_t a = 1; a <= 1 << 20; a *= 2)
            aligned(n, a);
    }
    // What is given back is given out again: no growth.
    const long before = resident_kib();
    for (int i = 0; i < 100000; i++) {
        plain(1000);
        aligned(5000, 64);
    }
    CHECK(resident_kib() - before < 16384);
}
