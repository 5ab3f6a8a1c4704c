// Allocates by the C++ runtime alone: what it needs of a string is made there.
#include <iostream>
#include <string>

int main() {
    std::string text;
    std::cin >> text;
    text.append(100, 'a');
    return text.size() >= 100 ? 0 : 1;
}
