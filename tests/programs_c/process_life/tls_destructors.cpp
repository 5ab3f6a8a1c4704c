// Destructors of thread_local objects allocate, free, and make new thread_local objects.
#include "check.h"
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

static int ended;

struct Late {
    std::vector<std::string> texts;
    ~Late() {
        CHECK(texts.empty() || texts[0] == std::string(500, 'l'));
        auto more = std::make_unique<std::map<int, std::string>>();
        for (int i = 0; i < 50; i++)
            (*more)[i] = std::string(i * 20, 'm');
        __atomic_add_fetch(&ended, 1, __ATOMIC_RELAXED);
    }
};

struct Early {
    std::string text = std::string(1000, 'e');
    ~Early() {
        // The first touch of another one, while the thread ends.
        static thread_local Late late;
        for (int i = 0; i < 10; i++)
            late.texts.emplace_back(500, 'l');
        __atomic_add_fetch(&ended, 1, __ATOMIC_RELAXED);
    }
};

static thread_local Early early;

int main() {
    for (int i = 0; i < 2000; i++) {
        std::thread([] { early.text += 'x'; }).join();
    }
    CHECK(ended == 4000);
    early.text += 'y';
}
