/* Functions with and without atomic updates, to test the test of the hot path. */
static int word;

__attribute__((visibility("default"), noinline)) int with_a_lock(int by) {
    return __atomic_add_fetch(&word, by, __ATOMIC_SEQ_CST);
}

int with_a_swap(int value) { return __atomic_exchange_n(&word, value, __ATOMIC_SEQ_CST); }

int with_neither(int value) {
    __atomic_store_n(&word, value, __ATOMIC_RELAXED);
    return __atomic_load_n(&word, __ATOMIC_RELAXED);
}

extern int with_a_lock_inside(int by) __attribute__((alias("with_a_lock"), visibility("hidden")));

__asm__(".globl jumps_to_a_lock\n"
        ".type jumps_to_a_lock, @function\n"
        "jumps_to_a_lock:\n"
#ifdef __x86_64__
        "jmp with_a_lock_inside\n"
#else
        "b with_a_lock_inside\n"
#endif
        ".size jumps_to_a_lock, . - jumps_to_a_lock\n");
