// An object, or an array of them, is deleted twice. Argument: object or array.
#include "fault.h"

struct Thing {
    long words[12];
};

int main(int argc, char **argv) {
    CHECK(argc > 1);
    if (strcmp(argv[1], "array") == 0) {
        Thing *p = (Thing *)launder(new Thing[3]);
        delete[] p;
        MISUSE(p);
        delete[] p;
    } else {
        Thing *p = (Thing *)launder(new Thing);
        delete p;
        MISUSE(p);
        delete p;
    }
    SURVIVED;
}
