// What one family of functions allocated, another gives back. Arguments: malloc, new or
// new[]; free, realloc, delete, delete[] or sized delete of a tenth as many bytes; and the size.
#include "fault.h"
#include <string>

int main(int argc, char **argv) {
    CHECK(argc > 3);
    const size_t size = number_argument(argv, 3);
    const std::string from = argv[1], to = argv[2];
    void *p = from == "malloc" ? malloc(size)
              : from == "new"  ? operator new(size)
                               : operator new[](size);
    p = launder(p);
    MISUSE(p);
    if (to == "free")
        free(p);
    else if (to == "realloc")
        free(realloc(p, size * 2 + 1));
    else if (to == "delete")
        operator delete(p);
    else if (to == "sized delete")
        operator delete(p, size / 10);
    else
        operator delete[](p);
    SURVIVED;
}
