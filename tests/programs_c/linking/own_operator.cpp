// A program that replaces an operator.
#include <cstdlib>
#include <new>

void *operator new(std::size_t bytes) { return std::malloc(bytes); }
void operator delete(void *block) noexcept { std::free(block); }

int main() { delete new int; }
