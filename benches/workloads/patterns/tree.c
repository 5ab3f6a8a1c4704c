/* Builds and drops binary trees next to one that stays: compilers, parsers and
 * functional programs, which allocate depth first and free the same way. */
#include "support.h"

struct node {
    struct node *left;
    struct node *right;
    uint64_t key;
};

static struct node *build(size_t depth, uint64_t key) {
    struct node *node = keep(must(malloc(sizeof *node)));
    node->key = key;
    node->left = depth == 0 ? NULL : build(depth - 1, key * 2);
    node->right = depth == 0 ? NULL : build(depth - 1, key * 2 + 1);
    return node;
}

static uint64_t drop(struct node *node) {
    uint64_t sum = node->key;
    if (node->left != NULL) {
        sum += drop(node->left) ^ drop(node->right);
    }
    free(node);
    return sum;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    size_t lasting_depth = setting("lasting_depth", 16);
    size_t depth = setting("depth", 12);
    size_t trees = setting("trees", 1000);
    settings_done();

    struct node *lasting = build(lasting_depth, 1);
    uint64_t sum = 0;
    for (size_t i = 0; i < trees; i++) {
        sum += drop(build(depth, i));
    }
    sum += drop(lasting);
    report("checksum", sum);
    return 0;
}
