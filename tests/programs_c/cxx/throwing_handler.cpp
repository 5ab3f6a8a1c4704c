// A new-handler may throw an exception of its own: it passes through operator new.
#include "check.h"
#include <new>

struct Unwell : std::bad_alloc {};
static volatile std::size_t huge = PTRDIFF_MAX - 4096;
static void handler() { throw Unwell(); }

int main() {
    std::set_new_handler(handler);
    for (int i = 0; i < 100; i++) {
        bool caught = false;
        try {
            ::operator new(huge);
        } catch (const Unwell &) {
            caught = true;
        }
        CHECK(caught);
    }
}
