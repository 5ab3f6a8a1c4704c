//! The sizes that every kind of misuse is tried at.

use crate::misuse::Misuse;

/// Served by slots: the ends of the classes, sizes that fill their slots, and sizes that are
/// no multiple of anything. Larger than 4,128 bytes, slots have no magazine.
pub(crate) const SMALL: [usize; 16] =
    [1, 8, 16, 24, 33, 100, 256, 264, 500, 1000, 4000, 4097, 20_000, 65_537, 102_400, 131_096];

/// A mapping each.
pub(crate) const LARGE: [usize; 6] =
    [131_097, 200 << 10, 200_001, 1 << 20, (1 << 20) + 7, 64 << 20];

/// Sizes of requests that leave nothing but the eight bytes of canary in their slots.
pub(crate) const FILLING: [usize; 9] = [24, 40, 56, 120, 248, 264, 1032, 4120, 20_472];

/// Both kinds of sizes.
pub(crate) fn all() -> impl Iterator<Item = usize> {
    SMALL.into_iter().chain(LARGE)
}

/// What the functions that can be passed a block are called in a report.
pub(crate) const OPERATIONS: [(&str, &str); 17] = [
    ("free", "free"),
    ("cfree", "free"),
    ("realloc", "realloc"),
    ("realloc_same", "realloc"),
    ("reallocarray", "realloc"),
    ("malloc_usable_size", "malloc_usable_size"),
    ("free_sized", "free_sized"),
    ("free_aligned_sized", "free_aligned_sized"),
    ("delete", "delete"),
    ("delete[]", "delete[]"),
    ("sized_delete", "delete"),
    ("sized_delete[]", "delete[]"),
    ("nothrow_delete", "delete"),
    ("aligned_delete", "delete"),
    ("aligned_delete[]", "delete[]"),
    ("aligned_sized_delete", "delete"),
    ("aligned_sized_delete[]", "delete[]"),
];

/// Runs `program` with each function, then `arguments`; `check` gets the function's name in
/// reports.
pub(crate) fn with_every_operation(
    program: &str,
    arguments: &[&str],
    check: impl Fn(&crate::misuse::Seen, &str),
) {
    for (operation, name) in OPERATIONS {
        let misuse = arguments
            .iter()
            .fold(Misuse::of(program).with(operation), |misuse, argument| misuse.with(argument));
        check(&misuse.run(), name);
    }
}
