//! What a caller states at a free and is not so: size, alignment, family of functions.

use crate::misuse::{Misuse, Seen};
use crate::sizes;

#[track_caller]
fn size_is_told(seen: &Seen, name: &str, size: usize, stated: usize) {
    let told = format!("the caller states {stated} bytes, allocated were {size}");
    let report = seen.stops(&format!("size mismatch in {name} of @"));
    // A block of zero bytes has no slot of its own to speak of.
    let report = match size {
        0 => report,
        _ => report.names_block_of(size).says("state", "live; 0 bytes into the block"),
    };
    report
        .says("sizes", &told)
        .says("note", "STARMALLOC_OPTIONS=sized_free_check=off turns this check off")
        .says("see", "docs/faults.md#size-mismatch");
}

/// One byte more or less stays in the same class most of the time.
#[test]
fn a_wrong_size() {
    for size in sizes::all() {
        for stated in [size + 1, size - 1, size + 8, size * 3, 1 << 30] {
            if stated == 0 {
                continue;
            }
            let program = Misuse::of("wrong_size_stated.c").with("free_sized");
            let seen = program.with(size).with(stated).run();
            size_is_told(&seen, "free_sized", size, stated);
        }
    }
}

#[test]
fn a_wrong_size_by_every_function() {
    let functions = [
        ("free_sized", "free_sized"),
        ("free_aligned_sized", "free_aligned_sized"),
        ("sized_delete", "delete"),
        ("sized_delete[]", "delete[]"),
        ("aligned_sized_delete", "delete"),
        ("aligned_sized_delete[]", "delete[]"),
    ];
    for (operation, name) in functions {
        for (size, stated) in [(100, 101), (100, 5000), (4000, 3999), (200_001, 200_000)] {
            let program = Misuse::of("wrong_size_stated.c").with(operation);
            size_is_told(&program.with(size).with(stated).run(), name, size, stated);
        }
    }
}

#[test]
fn a_size_for_nothing() {
    let program = Misuse::of("wrong_size_stated.c").with("free_sized").with(0).with(16);
    size_is_told(&program.run(), "free_sized", 0, 16);
}

#[test]
fn an_object_deleted_as_a_smaller_one() {
    let seen = Misuse::of("deleted_as_another_type.cpp").run();
    size_is_told(&seen, "delete", 256, 16);
}

#[test]
fn the_check_of_sizes_can_be_turned_off() {
    for size in [100, 4000, 200_001] {
        let program = Misuse::of("wrong_size_stated.c").with("free_sized");
        let program = program.with(size).with(size + 1).options("sized_free_check=off");
        program.run().goes_unnoticed();
    }
    let seen = Misuse::of("deleted_as_another_type.cpp").options("sized_free_check=off").run();
    seen.goes_unnoticed();
}

/// The largest power of two that the address at fault is a multiple of.
fn largest_alignment_of(seen: &Seen) -> u64 {
    let address = u64::from_str_radix(seen.address().trim_start_matches("0x"), 16);
    1 << address.expect("an address is a number").trailing_zeros()
}

fn stated_and_had(stated: u64, had: u64) -> String {
    format!("the caller states {stated} bytes; the address is a multiple of {had} only")
}

/// Nothing is said of what it was allocated with: the address may have more than that.
#[test]
fn an_alignment_that_the_block_does_not_have() {
    for (operation, name) in [
        ("free_aligned_sized", "free_aligned_sized"),
        ("aligned_delete", "delete"),
        ("aligned_delete[]", "delete[]"),
        ("aligned_sized_delete", "delete"),
        ("aligned_sized_delete[]", "delete[]"),
    ] {
        for size in [16, 100, 4000, 102_400, 200_000] {
            for stated in [65_536, 1 << 20] {
                let program = Misuse::of("wrong_alignment_stated.c").with(operation);
                let seen = program.with(size).with(stated).run();
                let had = largest_alignment_of(&seen);
                seen.stops(&format!("alignment mismatch in {name} of @"))
                    .names_block_of(size)
                    .says("state", "live; 0 bytes into the block")
                    .says("aligned", &stated_and_had(stated, had))
                    .says("see", "docs/faults.md#alignment-mismatch");
            }
        }
    }
}

/// A block with that alignment would be in another class, so it does not matter that the address has it.
#[test]
fn an_alignment_that_no_block_of_the_class_was_given() {
    for (size, stated) in [(24, 64), (100, 32), (500, 1024), (1000, 2048)] {
        for _ in 0..12 {
            let program = Misuse::of("wrong_alignment_stated.c").with("free_aligned_sized");
            let seen = program.with(size).with(stated).with("any").run();
            seen.stops("alignment mismatch in free_aligned_sized of @");
        }
    }
}

#[test]
fn alignments_are_not_looked_at_when_told_so() {
    for operation in ["free_aligned_sized", "aligned_delete", "aligned_sized_delete[]"] {
        for (size, stated) in [(100, 4096), (100, 48), (200_000, 1 << 20)] {
            let program = Misuse::of("wrong_alignment_stated.c").with(operation);
            let program = program.with(size).with(stated).options("sized_free_check=off");
            program.run().goes_unnoticed();
        }
    }
}

#[test]
fn an_alignment_that_is_no_power_of_two() {
    let by = ["free_aligned_sized", "aligned_delete", "aligned_sized_delete[]"];
    for (operation, name) in by.into_iter().zip(["free_aligned_sized", "delete", "delete[]"]) {
        for (size, align) in [(100, 48), (100, 3), (3000, 12), (20_000, 24)] {
            let program = Misuse::of("wrong_alignment_stated.c").with(operation);
            let seen = program.with(size).with(align).run();
            let told = format!("the caller states {align} bytes, which is no power of two");
            seen.stops(&format!("alignment mismatch in {name} of @")).says("aligned", &told);
        }
    }
}

const ALLOCATED_BY: [&str; 3] = ["malloc", "new", "new[]"];
const FREED_BY: [&str; 4] = ["free", "delete", "delete[]", "realloc"];

fn mismatched(from: &str, to: &str, size: usize) -> Misuse {
    Misuse::of("mismatched_functions.cpp").with(from).with(to).with(size)
}

/// The size that `delete` of an array states is that of one element; the family says more.
#[test]
fn of_another_familys_block_the_family_is_told_before_the_size() {
    for from in ["malloc", "new[]"] {
        let program = mismatched(from, "sized delete", 100);
        program.run().stops("size mismatch in delete of @");
        let seen = program.options("type_mismatch_check=on").run();
        seen.stops("type mismatch in delete of @");
    }
}

#[test]
fn families_mixed_are_told_when_asked_for() {
    for (row, from) in ALLOCATED_BY.into_iter().enumerate() {
        for (column, to) in FREED_BY.into_iter().enumerate() {
            for size in [0, 100, 20_000, 300_000] {
                let program = mismatched(from, to, size);
                // realloc is of free's family.
                let family = FREED_BY[column % 3];
                let seen = program.options("type_mismatch_check=on").run();
                if row == column % 3 {
                    seen.goes_unnoticed();
                    continue;
                }
                seen.stops(&format!("type mismatch in {to} of @"))
                    .says("types", &format!("freed by {family}, allocated by {from}"))
                    .says("note", "STARMALLOC_OPTIONS=type_mismatch_check=off turns this check off")
                    .says("see", "docs/faults.md#type-mismatch");
            }
        }
    }
}

#[test]
fn families_mixed_are_let_pass_otherwise() {
    for from in ALLOCATED_BY {
        for to in FREED_BY {
            mismatched(from, to, 100).run().goes_unnoticed();
        }
    }
}
