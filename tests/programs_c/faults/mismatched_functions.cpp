// What one family of functions allocated, another gives back. Arguments: malloc, new or
// new[]; and free, delete or delete[].
#include "fault.h"
#include <string>

int main(int argc, char **argv) {
    CHECK(argc > 2);
    const std::string from = argv[1], to = argv[2];
    void *p = from == "malloc" ? malloc(100)
              : from == "new"  ? operator new(100)
                               : operator new[](100);
    p = launder(p);
    MISUSE(p);
    if (to == "free")
        free(p);
    else if (to == "delete")
        operator delete(p);
    else
        operator delete[](p);
    SURVIVED;
}
