// Under a limit on the address space, operator new ends in bad_alloc, and its nothrow
// form in NULL.
#include "check.h"
#include <new>
#include <vector>

struct Link {
    Link *next;
    char rest[5000];
};

int main() {
    for (int round = 0; round < 5; round++) {
        Link *last = nullptr;
        bool caught = false;
        try {
            for (;;)
                last = new Link{last, {}};
        } catch (const std::bad_alloc &) {
            caught = true;
        }
        CHECK(caught);
        void *p = ::operator new(100 << 20, std::nothrow);
        while (last) {
            Link *next = last->next;
            delete last;
            last = next;
        }
        ::operator delete(p);
    }
    std::vector<std::vector<char>> many;
    bool caught = false;
    try {
        for (;;)
            many.emplace_back(300000);
    } catch (const std::bad_alloc &) {
        caught = true;
    }
    CHECK(caught);
}
