// Deletes what a library with operators of its own made, and the other way round.
#include "check.h"
#include <dlfcn.h>

int main() {
    auto make = (int *(*)())dlsym(RTLD_DEFAULT, "make_number");
    auto drop = (void (*)(int *))dlsym(RTLD_DEFAULT, "drop_number");
    CHECK(make && drop);
    for (int round = 0; round < 3; round++) {
        int *theirs = make();
        CHECK(*theirs == 7);
        delete theirs;
        drop(new int(8));
    }
    puts("done");
}
