// malloc and free in exit handlers and destructors of statics, while other threads run on.
#include "check.h"
#include <pthread.h>
#include <string>
#include <vector>

static void churn() {
    for (std::size_t size = 1; size < 300000; size = size * 2 + 1)
        free(realloc(malloc(size), size / 2 + 1));
}

struct Static {
    std::vector<std::string> texts;
    Static() { texts.assign(100, std::string(100, 's')); }
    ~Static() {
        CHECK(texts[99] == std::string(100, 's'));
        churn();
    }
};

static Static statics;
static char *kept;

static void at_exit() {
    CHECK(is_filled(kept, 4, 1000));
    free(kept);
    churn();
    atexit(churn);
}

static void with_status(int, void *argument) {
    free(argument);
    churn();
}

__attribute__((destructor)) static void destructor() { churn(); }

static void *busy(void *) {
    for (;;)
        churn();
}

int main() {
    kept = static_cast<char *>(memset(malloc(1000), 4, 1000));
    atexit(at_exit);
    on_exit(with_status, malloc(10));
    for (int i = 0; i < 3; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, nullptr, busy, nullptr) == 0);
        CHECK(pthread_detach(thread) == 0);
    }
    usleep(20000);
    puts("leaving");
}
