// An object is deleted as one of another, smaller type: the compiler states that one's size.
#include "fault.h"

struct Large {
    long words[32];
};
struct Small {
    long words[2];
};

int main() {
    void *p = launder(new Large);
    MISUSE(p);
    delete (Small *)p;
    SURVIVED;
}
