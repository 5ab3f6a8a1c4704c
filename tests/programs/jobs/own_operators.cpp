// Replaces the two basic operators only, and keeps a header before each block; the standard
// says that all the other forms follow them.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <vector>
static long live;
void *operator new(std::size_t n) {
    auto *p = static_cast<char *>(std::malloc(n + 64));
    if (!p) throw std::bad_alloc();
    live++;
    return p + 64;
}
void operator delete(void *p) noexcept {
    if (p) { live--; std::free(static_cast<char *>(p) - 64); }
}
struct Item { int a[10]; ~Item() { a[0] = 1; } };
int main() {
    auto *one = new Item; delete one;             // sized delete
    auto *many = new Item[7]; delete[] many;      // array forms
    auto *maybe = new (std::nothrow) Item; delete maybe;
    auto *maybes = new (std::nothrow) Item[3]; delete[] maybes;
    { std::vector<std::string> v(100, std::string(100, 'x')); v.resize(1000); }
    { auto s = std::make_shared<Item>(); }
    try { throw std::string(200, 'e'); } catch (const std::string &) {}
    std::printf("live %ld\n", live);
}
