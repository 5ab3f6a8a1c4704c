// The standard library, the new-handler, and exceptions out of the operators.
#include <cstdio>
#include <map>
#include <new>
#include <starmalloc.h>
#include <string>
#include <vector>

static const std::size_t too_much = std::size_t(1) << 62;
void *volatile kept;

static const char *outcome_of_too_much() {
    try {
        kept = ::operator new(too_much);
    } catch (const std::bad_alloc &) {
        return "bad_alloc";
    }
    return "memory";
}

static void handler() {
    std::puts("handler");
    std::set_new_handler(nullptr);
}

int main() {
    std::map<std::string, std::vector<int>> tables;
    for (int i = 0; i < 1000; i++)
        tables[std::to_string(i)].resize(i);
    std::printf("%zu tables\n", tables.size());
    std::puts(outcome_of_too_much());
    std::set_new_handler(handler);
    std::puts(outcome_of_too_much());
    struct alignas(64) Wide { char bytes[64]; };
    delete new Wide;
    std::printf("version: %s\n", starmalloc_version());
}
