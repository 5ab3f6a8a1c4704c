// The standard library on top: containers, exceptions, strings, over-aligned types.
#include "check.h"
#include <deque>
#include <map>
#include <memory>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

struct alignas(256) Wide {
    char bytes[300];
};

int main() {
    std::map<int, std::string> tree;
    std::unordered_map<std::string, std::vector<int>> table;
    for (int i = 0; i < 20000; i++) {
        tree[i * 7919 % 20011] = std::string(i % 300, 'x');
        table["key " + std::to_string(i % 500)].push_back(i);
    }
    std::size_t sum = 0;
    for (const auto &entry : tree)
        sum += entry.second.size();
    printf("strings: %zu\n", sum);
    printf("vectors: %zu\n", table["key 7"].size());
    std::deque<std::unique_ptr<Wide>> wide;
    for (int i = 0; i < 500; i++) {
        wide.push_back(std::make_unique<Wide>());
        CHECK(is_aligned(wide.back().get(), 256));
        if (i % 3 == 0)
            wide.pop_front();
    }
    printf("wide: %zu\n", wide.size());
    int caught = 0;
    for (int i = 0; i < 1000; i++) {
        try {
            throw std::runtime_error("number " + std::to_string(i));
        } catch (const std::exception &error) {
            caught += error.what()[0] == 'n';
        }
    }
    printf("caught: %d\n", caught);
    volatile std::size_t too_many = PTRDIFF_MAX / 2;
    try {
        std::vector<char> impossible(too_many);
    } catch (const std::bad_alloc &) {
        puts("refused: bad_alloc");
    }
    std::ostringstream out;
    for (int i = 0; i < 10000; i++)
        out << i << ' ';
    printf("stream: %zu\n", out.str().size());
    std::vector<long> numbers(1 << 20);
    std::iota(numbers.begin(), numbers.end(), 0);
    printf("sum: %ld\n", std::accumulate(numbers.begin(), numbers.end(), 0L));
}
