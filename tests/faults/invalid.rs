//! Pointers that are no block of ours, or not the start of one.

use crate::misuse::{Misuse, Seen, is_small};
use crate::sizes::{self, OPERATIONS, with_every_operation};

#[track_caller]
fn is_inside(seen: &Seen, operation: &str, size: usize, offset: usize) {
    let why = if offset.is_multiple_of(16) { "inside an allocation" } else { "not aligned" };
    let report = seen.stops(&format!("invalid {operation} of @ ({why})")).names_block_of(size);
    report
        .says("state", &format!("live; {offset} bytes into the block"))
        .says("see", "docs/faults.md#invalid-free")
        // It is ours.
        .lacks("memory")
        .lacks("note");
}

#[test]
fn inside_a_block_by_every_function() {
    for size in [100, 4000, 102_400, 200 << 10, 1 << 20] {
        for (operation, name) in OPERATIONS {
            for offset in [16, 1] {
                let program = Misuse::of("operation_inside_a_block.c").with(operation);
                is_inside(&program.with(size).with(offset).run(), name, size, offset);
            }
        }
    }
}

#[test]
fn inside_a_block_of_every_size() {
    for size in sizes::all() {
        for offset in [1, 8, 16, size / 2, size - 1] {
            if (1..size).contains(&offset) {
                let program = Misuse::of("operation_inside_a_block.c").with("free");
                is_inside(&program.with(size).with(offset).run(), "free", size, offset);
            }
        }
    }
}

/// All over the region of small blocks, in parts of it that were never used, and beyond it.
#[test]
fn anywhere_in_the_address_space() {
    let seen = Misuse::of("free_of_wild_pointers.c").with(200).measure();
    assert_eq!(seen.number("stopped"), 200, "{seen}: {}", seen.outcome.story());
}

#[test]
fn on_the_stack_of_this_thread() {
    with_every_operation("operation_on_the_stack.c", &[], |seen, operation| {
        let told = seen.stops(&format!("invalid {operation} of @ (not from this allocator)"));
        told.says("memory", "0x* is in the stack of *")
            .says("see", "docs/faults.md#foreign-pointer");
    });
}

/// Nothing is claimed that cannot be known.
#[test]
fn on_the_stack_where_no_file_can_be_opened() {
    let seen = Misuse::of("free_of_the_stack_without_files.c").run();
    let told = seen.stops("invalid free of @ (not from this allocator)");
    told.says(
        "memory",
        "0x* is in memory of which nothing is known: /proc/self/maps cannot be read",
    );
}

#[test]
fn on_the_stack_of_another_thread() {
    with_every_operation("operation_on_another_threads_stack.c", &[], |seen, operation| {
        let told = seen.stops(&format!("invalid {operation} of @ (not from this allocator)"));
        told.says("memory", "0x* is in the stack of thread % \"lends\"");
    });
}

#[test]
fn in_a_global_variable() {
    with_every_operation("operation_on_a_global.c", &[], |seen, operation| {
        let told = seen.stops(&format!("invalid {operation} of @ (not from this allocator)"));
        told.says("memory", "0x* is in the data of faults_operation_on_a_global_c");
    });
}

#[test]
fn forged_to_look_like_a_block() {
    with_every_operation("operation_on_a_forged_chunk.c", &[], |seen, operation| {
        let told = seen.stops(&format!("invalid {operation} of @ (not from this allocator)"));
        told.says("memory", "0x* is in the data of *");
    });
}

#[test]
fn in_constants() {
    with_every_operation("operation_on_a_literal.c", &[], |seen, operation| {
        let told = seen.stops(&format!("invalid {operation} of @ (not from this allocator)"));
        told.says("memory", "0x* is in the constants of faults_operation_on_a_literal_c");
    });
}

#[test]
fn in_a_mapping_of_the_programs_own() {
    for access in ["accessible", "closed"] {
        with_every_operation("operation_on_a_mapping.c", &[access], |seen, operation| {
            let told = seen.stops(&format!("invalid {operation} of @ (not from this allocator)"));
            told.says("memory", "0x* is in anonymous memory: another allocator's, mmap's, or *");
        });
    }
}

#[test]
fn in_the_heap_of_another_allocator() {
    with_every_operation("operation_on_the_brk_heap.c", &[], |seen, operation| {
        let told = seen.stops(&format!("invalid {operation} of @ (not from this allocator)"));
        told.says("memory", "0x* is in the brk heap, which another allocator uses")
            .says("note", "the memory is not ours; does the program mix allocators?");
    });
}

/// Numbers that no program's memory can have as an address; also before any allocation.
#[test]
fn numbers() {
    // The first that no process has without asking for it, in order; then others.
    let beyond = if cfg!(target_arch = "x86_64") {
        ["0x800000000000", "0xdeadbeef0000", "0xdeadbeef0001", "0xffff800000000000"]
    } else {
        ["0x1000000000000", "0xdeadbeef000000", "0xdeadbeef000001", "0xffff800000000000"]
    };
    let small = ["1", "16", "4096", "0xfff0"];
    let large =
        ["0xff000000000000", "0xdeadbeefdeadbee0", "0xfffffffffffffff0", "0xffffffffffffffff"];
    for number in small.into_iter().chain(beyond).chain(large) {
        with_every_operation("operation_on_a_number.c", &[number], |seen, operation| {
            let told = seen.stops(&format!("invalid {operation} of @ (not a valid address)"));
            told.says("memory", "0x* is not mapped").says("see", "docs/faults.md#invalid-free");
        });
    }
}

/// Where there could be memory, and is none.
#[test]
fn far_from_all_memory() {
    with_every_operation("operation_on_a_number.c", &["0x123456780"], |seen, operation| {
        let told = seen.stops(&format!("invalid {operation} of @ (not from this allocator)"));
        told.says("memory", "0x123456780 is not mapped");
    });
}

/// Where a slot begins that nobody was ever given: near a block, where no page was opened yet, and
/// almost at the end of the class's room.
#[test]
fn where_a_block_could_be_and_never_was() {
    // A request of 72 bytes fills a slot of 80.
    for slots in [200, 5000, 100_000, 1_000_000] {
        for (operation, name) in OPERATIONS {
            let program = Misuse::of("operation_beyond_a_block.c").with(operation);
            let seen = program.with(72).with(slots * 80).run();
            seen.stops(&format!("invalid {name} of @ (never allocated)"));
        }
    }
}

/// In the room of a size class that no slot was made of yet, or that another class has.
#[test]
fn where_no_block_ever_was() {
    for distance in ["0x4000", "0x4000000", "0x40000000"] {
        for (operation, name) in OPERATIONS {
            let program = Misuse::of("operation_beyond_a_block.c").with(operation);
            let seen = program.with(64).with(distance).run();
            seen.stops(&format!("invalid {name} of @ (*)"));
        }
    }
}

#[test]
fn right_behind_a_block() {
    for size in sizes::all() {
        let distance = size.next_multiple_of(16) + 16;
        let program = Misuse::of("operation_beyond_a_block.c").with("free");
        let seen = program.with(size).with(distance).run();
        let told = seen.stops("invalid free of @ (*)");
        assert!(is_small(size) || told.text("beside").contains("past the end of the block at 0x"));
    }
}

/// `distance` bytes from the start of a large block, in no byte of it.
#[track_caller]
fn is_beside(operation: &str, name: &str, size: usize, distance: isize, state: &str, beside: &str) {
    let program = Misuse::of("operation_beside_a_large_block.c").with(operation).with(size);
    let seen = program.with(distance as usize).with(state).run();
    let why = if distance % 16 == 0 { "never allocated" } else { "not aligned" };
    let block = seen.text("block").unwrap_or_default();
    let told = seen.stops(&format!("invalid {name} of @ ({why})")).names_block_of(size);
    told.says("state", if state == "live" { "live" } else { "freed, in quarantine" })
        .says("beside", &beside.replace('@', block))
        .says("see", "docs/faults.md#invalid-free")
        .lacks("memory")
        .lacks("note");
}

/// One past the end above all, by every function.
#[test]
fn in_the_guard_of_a_large_block() {
    for (operation, name) in OPERATIONS {
        let past = "0 bytes past the end of the block at @, in its guard";
        is_beside(operation, name, 1 << 20, 1 << 20, "live", past);
        let before = "4096 bytes before the start of the block at @, in its guard";
        is_beside(operation, name, 1 << 20, -4096, "live", before);
    }
    for size in sizes::LARGE.into_iter().filter(|size| size.is_multiple_of(4096)) {
        for state in ["live", "freed"] {
            let at = |distance, told: &str| {
                is_beside("free", "free", size, distance, state, told);
            };
            let end = size as isize;
            at(end, "0 bytes past the end of the block at @, in its guard");
            at(end + 1, "1 bytes past the end of the block at @, in its guard");
            at(end + 4080, "4080 bytes past the end of the block at @, in its guard");
            at(-16, "16 bytes before the start of the block at @, in its guard");
            at(-8, "8 bytes before the start of the block at @, in its guard");
        }
    }
}

/// In the pages of the block, which starts somewhere in the first of them.
#[test]
fn before_a_large_block_that_does_not_start_at_a_page() {
    for (size, distance) in [(200_000, -16), ((1 << 20) + 80, -1)] {
        let told = format!("{} bytes before the start of the block at @", -distance);
        is_beside("free", "free", size, distance, "live", &told);
    }
}
