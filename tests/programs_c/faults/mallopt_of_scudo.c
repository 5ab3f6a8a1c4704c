/* What mallopt answers to parameters of Scudo's. Arguments: a parameter and a value. */
#include "fault.h"

int main(int argc, char **argv) {
    CHECK(argc == 3);
    errno = 7;
    const int answer = mallopt(atoi(argv[1]), atoi(argv[2]));
    CHECK(errno == 7);
    say_number("answer", answer);
    _exit(0);
}
