/* A translation unit that the preprocessor multiplies into COUNT functions, so
 * that the compiler's parser, optimiser and symbol tables have work. */
#ifndef COUNT
#define COUNT 64
#endif

struct item {
    struct item *next;
    int key;
    double weights[4];
};

#define FUNCTION(n)                                                             \
    static int scan_##n(struct item *first, int wanted) {                       \
        int found = 0;                                                          \
        for (struct item *item = first; item != 0; item = item->next) {         \
            switch ((item->key + n) & 7) {                                      \
            case 0: found += wanted; break;                                     \
            case 1: found -= item->key; break;                                  \
            case 2: item->weights[n & 3] += wanted * 0.5; break;                \
            case 3: found ^= (int)item->weights[(n + 1) & 3]; break;            \
            default: found += item->key > wanted ? item->key : n; break;        \
            }                                                                   \
        }                                                                       \
        return found;                                                           \
    }                                                                           \
    int enter_##n(struct item *first) { return scan_##n(first, n) + scan_##n(first, n + 1); }

#define EIGHT(n) FUNCTION(n##0) FUNCTION(n##1) FUNCTION(n##2) FUNCTION(n##3) \
                 FUNCTION(n##4) FUNCTION(n##5) FUNCTION(n##6) FUNCTION(n##7)
EIGHT(1)
#if COUNT > 8
EIGHT(2) EIGHT(3) EIGHT(4) EIGHT(5) EIGHT(6) EIGHT(7)
#endif
#if COUNT > 64
EIGHT(11) EIGHT(12) EIGHT(13) EIGHT(14) EIGHT(15) EIGHT(16) EIGHT(17)
EIGHT(21) EIGHT(22) EIGHT(23) EIGHT(24) EIGHT(25) EIGHT(26) EIGHT(27)
#endif
