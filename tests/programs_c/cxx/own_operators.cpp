// A library with operators of its own, which it is bound to itself: what it makes comes from malloc,
// and whoever deletes that calls the operators of the program.
#include <cstdlib>
#include <new>

void *operator new(std::size_t size) { return malloc(size); }
void operator delete(void *block) noexcept { free(block); }
void operator delete(void *block, std::size_t) noexcept { free(block); }

extern "C" int *make_number() { return new int(7); }
extern "C" void drop_number(int *number) { delete number; }
