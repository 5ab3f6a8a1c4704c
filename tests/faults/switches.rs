//! Options that add a check, or say what happens when memory is short.

use crate::misuse::Misuse;

#[test]
fn sweep_at_exit_finds_what_no_function_got_to_see() {
    for size in [40, 100, 1000, 4000, 20_000] {
        for level in ["", ",level=strong"] {
            let options = format!("sweep_at_exit=on{level}");
            let written = Misuse::of("write_after_free_before_exit.c").with(size);
            let place = size / 2;
            written
                .options(&options)
                .run()
                .stops("write after free to @")
                .says("changed", &format!("byte {place} of the block: expected zeros, found 41*"));
            let overrun = Misuse::of("overflow_before_exit.c").with(size);
            overrun.options(&options).run().stops("overflow* @");
        }
    }
}

#[test]
fn the_strong_level_sweeps() {
    let seen = Misuse::of("overflow_before_exit.c").with(100).options("level=strong").run();
    seen.stops("overflow past the requested size of @");
}

#[test]
fn without_null_a_request_that_cannot_be_met_stops() {
    let seen = Misuse::of("out_of_memory.c").options("may_return_null=off").run();
    seen.stops("out of memory, request for % bytes").says("see", "docs/faults.md#out-of-memory");
}

#[test]
fn the_limit_on_resident_memory_refuses() {
    let seen = Misuse::of("resident_memory_grows.c").options("rss_limit_mb=128").measure();
    assert!((64..256).contains(&seen.number("mib")), "{}", seen.outcome.story());
}

#[test]
fn the_limit_on_resident_memory_stops() {
    let options = "rss_limit_mb=128,rss_limit_action=stop";
    let seen = Misuse::of("resident_memory_grows.c").options(options).run();
    seen.stops("limit on resident memory reached, request for 65536 bytes");
}

#[test]
fn statistics_come_at_exit() {
    let seen = Misuse::of("overflow_before_exit.c").with(100).options("stats_at_exit=on").run();
    assert!(seen.outcome.stderr.contains("starmalloc: small_live "), "{}", seen.outcome.story());
}
