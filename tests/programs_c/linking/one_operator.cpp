// Nothing of the standard library but one operator that fails.
#include <new>

void *volatile kept;

int main() {
    try {
        kept = ::operator new(std::size_t(1) << 62);
    } catch (const std::bad_alloc &) {
        return 0;
    }
    return 1;
}
