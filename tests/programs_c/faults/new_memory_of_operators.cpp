/* Says the byte that operators new and new[] give. */
#include <cstdio>
#include <cstdlib>
#include <new>

static unsigned char *volatile block;

int main() {
    block = static_cast<unsigned char *>(operator new(100));
    const unsigned byte = block[99];
    operator delete(block);
    block = static_cast<unsigned char *>(operator new[](5000, std::align_val_t(64)));
    if (block[0] != byte || block[4999] != byte)
        return 1;
    operator delete[](block, std::align_val_t(64));
    std::printf("byte %u\n", byte);
    return 0;
}
