//! Blocks of no bytes: addresses of their own that nothing can be read from or written to.

use crate::misuse::Misuse;

#[test]
fn neither_read_nor_written() {
    for access in ["read", "write"] {
        for align in [0, 8, 16, 32, 64, 4096, 16_384, 32_768, 65_536, 1 << 20] {
            let misuse = Misuse::of("zero_size_is_out_of_reach.c").with(access).with(align);
            let seen = misuse.run();
            seen.faults();
            assert_eq!(seen.number("usable"), 0);
        }
    }
}

#[test]
fn freed_twice() {
    for program in ["double_free.c", "double_free_by_another_thread.c", "double_free_in_a_child.c"]
    {
        let seen = Misuse::of(program).with(0).run();
        let report = seen.stops("double free of @");
        report.says("block", "32-byte class (slot *, requested 0").says("state", "freed, *");
    }
    for alignment in [64, 4096, 16_384, 32_768, 1 << 20] {
        let program = Misuse::of("double_free_of_an_aligned_block.c").with(0).with(alignment);
        program.run().stops("double free of @");
    }
}

#[test]
fn addresses_nearby_are_none() {
    for distance in [16 << 12, 1, 8] {
        let program = Misuse::of("operation_beyond_a_block.c").with("free").with(0);
        let seen = program.with(distance).run();
        seen.stops("invalid free of @ (not an allocation of size zero)");
    }
}
