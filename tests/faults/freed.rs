//! A freed block passed to a function.

use crate::misuse::{Misuse, Seen};
use crate::sizes::{self, OPERATIONS};

#[track_caller]
fn is_told(seen: &Seen, operation: &str, size: usize) {
    let headline = match operation {
        "realloc" | "malloc_usable_size" => format!("{operation} of freed memory at @"),
        _ => "double free of @".to_owned(),
    };
    let report = seen.stops(&headline).names_block_of(size);
    report.says("state", "freed, in quarantine; 0 bytes into the block");
}

#[test]
fn by_every_function() {
    for size in [16, 100, 4000, 102_400, 200 << 10, 1 << 20] {
        for (operation, name) in OPERATIONS {
            let program = Misuse::of("operation_on_a_freed_block.c");
            is_told(&program.with(operation).with(size).run(), name, size);
        }
    }
}

/// Of the same size too, where a resize would have nothing to do.
#[test]
fn by_realloc_at_every_size() {
    for size in sizes::all() {
        for operation in ["realloc", "realloc_same", "realloc_to_nothing"] {
            let program = Misuse::of("operation_on_a_freed_block.c");
            is_told(&program.with(operation).with(size).run(), "realloc", size);
        }
    }
}

#[test]
fn by_malloc_usable_size_at_every_size() {
    for size in sizes::all() {
        let program = Misuse::of("operation_on_a_freed_block.c");
        let seen = program.with("malloc_usable_size").with(size).run();
        is_told(&seen, "malloc_usable_size", size);
    }
}

#[test]
fn of_no_bytes() {
    for operation in ["free", "realloc", "realloc_same", "malloc_usable_size"] {
        let seen = Misuse::of("operation_on_a_freed_block.c").with(operation).with(0).run();
        match operation {
            "free" => seen.stops("double free of @"),
            "malloc_usable_size" => seen.stops("malloc_usable_size of freed memory at @"),
            _ => seen.stops("realloc of freed memory at @"),
        };
    }
}
