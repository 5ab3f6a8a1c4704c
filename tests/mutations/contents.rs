//! Checks of the bytes in and around a block: rows 4 to 7, 10 and 11.

use crate::table::{Mutation, edit};

const LIFE: &str = "slot/life.rs";
const SLOW: &str = "heap/slow.rs";
const LARGE_FREE: &str = "large/free.rs";

pub(crate) const MUTATIONS: &[Mutation] = &[
    Mutation {
        row: 4,
        what: "slots whose state could not tell what was asked for",
        edits: &[edit("geometry/classes.rs", "|| records(*class, size.get()))", "|| true)")],
        tests: &[
            "faults::overflow::one_byte_past_an_aligned_block",
            "unit::geometry::classes::tests::aligned_requests_get_the_least_slot_that_keeps_the_alignment",
        ],
    },
    Mutation {
        row: 4,
        what: "larger classes whose slots could not tell what was asked for",
        edits: &[edit(SLOW, " && classes::records(*class, size)\n", "\n")],
        tests: &["faults::overflow::one_byte_past_a_block_in_a_larger_class"],
    },
    Mutation {
        row: 6,
        what: "guards reach to the end of the slots they cost",
        edits: &[edit(
            "geometry/guards.rs",
            "(round_down(lost + page - 1, page), round_down(lost_end, page))",
            "{ let _ = (lost, lost_end); (at, at + page) }",
        )],
        tests: &[
            "faults::underflow::into_a_neighbour_that_was_never_used",
            "unit::geometry::guards::tests::a_guard_covers_the_pages_of_the_slots_it_costs",
        ],
    },
    Mutation {
        row: 4,
        what: "the bytes between a request and the canary",
        edits: &[
            edit(
                "region/bytes/mod.rs",
                "fn tail_is_zero(end: Addr, whole: usize, len: usize) -> bool {\n",
                "fn tail_is_zero(end: Addr, whole: usize, len: usize) -> bool {\n    \
                 if len < usize::MAX { return true; }\n",
            ),
            edit(
                LIFE,
                "bytes::wipe(self.at, self.usable, class, slack,",
                "bytes::wipe(self.at, self.usable, class, 0,",
            ),
            edit(
                "slot/life/slack.rs",
                "fn long_slack_is_zero(end: Addr, slack: usize) -> bool {\n",
                "fn long_slack_is_zero(end: Addr, slack: usize) -> bool {\n    \
                 if slack < usize::MAX { return true; }\n",
            ),
            edit(
                "region/bytes/mod.rs",
                "fn ends_are_zero(end: Addr, len: usize) -> bool {\n",
                "fn ends_are_zero(end: Addr, len: usize) -> bool {\n    \
                 if len < usize::MAX { return true; }\n",
            ),
        ],
        tests: &[
            "faults::overflow::one_byte_past_a_request_found_by_free",
            "faults::overflow::one_byte_past_every_small_request",
            "unit::slot::life::slack::tests::every_byte_of_the_slack_is_seen_and_no_other",
        ],
    },
    Mutation {
        row: 4,
        what: "the bytes between a large request and the end of its pages",
        edits: &[edit(
            LARGE_FREE,
            "[(extent.body(), address), (past, extent.body_end())]",
            "[(extent.body(), address), (past, past)]",
        )],
        tests: &["faults::overflow::one_byte_past_a_large_request"],
    },
    Mutation {
        row: 5,
        what: "the canary at a free",
        edits: &[
            edit(
                LIFE,
                "            && bytes::load(end) == canary_of(self.at)\n            && slack",
                "            && slack",
            ),
            edit(
                LIFE,
                "if bytes::load(end) != canary_of(self.at) {\n            return Err(Flaw::Canary);",
                "if false {\n            return Err(Flaw::Canary);",
            ),
            edit(
                LIFE,
                "let canary = canary_of(self.at);\n        bytes::wipe",
                "let canary = bytes::load(self.at.plus(self.usable));\n        bytes::wipe",
            ),
        ],
        tests: &[
            "fuzz::misuse",
            "faults::overflow::any_of_the_last_eight_bytes_of_a_slot",
            "faults::overflow::a_terminator",
        ],
    },
    Mutation {
        row: 5,
        what: "the first byte of a canary is not zero",
        edits: &[
            edit("geometry/canary.rs", "([255, 255,", "([0, 255,"),
            edit("geometry/canary.rs", "([1, 0,", "([0, 0,"),
        ],
        tests: &[
            "faults::overflow::a_terminator",
            "unit::geometry::canary::tests::canaries_differ_by_slot_and_key_and_keep_their_three_fixed_bytes",
        ],
    },
    Mutation {
        row: 6,
        what: "the last byte of a canary is not zero",
        edits: &[
            edit("geometry/canary.rs", "255, 255]);", "255, 0]);"),
            edit("geometry/canary.rs", "0, 1]);\n\n/", "0, 0]);\n\n/"),
        ],
        tests: &["faults::underflow::by_a_terminator"],
    },
    Mutation {
        row: 6,
        what: "the canary of the slot before",
        edits: &[edit(
            LIFE,
            "bytes::load(self.at.minus(CANARY_BYTES)) == expected",
            "before.has_canary() || bytes::load(self.at.minus(CANARY_BYTES)) == expected",
        )],
        tests: &[
            "faults::underflow::into_a_live_neighbour",
            "faults::underflow::by_any_number_of_bytes",
        ],
    },
    Mutation {
        row: 6,
        what: "the end of a slot before that was never used",
        edits: &[edit(
            LIFE,
            "if before == State::DEAD && self.at.is_aligned(sealed().page) {",
            "if !before.has_canary() {",
        )],
        tests: &["faults::underflow::into_a_neighbour_that_was_never_used"],
    },
    Mutation {
        row: 6,
        what: "the bytes before a large allocation",
        edits: &[edit(
            LARGE_FREE,
            "[(extent.body(), address), (past, extent.body_end())]",
            "[(address, address), (past, extent.body_end())]",
        )],
        tests: &["faults::underflow::before_a_large_block"],
    },
    Mutation {
        row: 7,
        what: "the contents of a slot that is used again",
        edits: &[edit(
            LIFE,
            "if !is_wiped {",
            "let _ = is_wiped;\n            if bytes::load(end) != canary {",
        )],
        tests: &[
            "faults::after_free::a_write_at_any_place",
            "faults::after_free::a_write_by_another_thread",
        ],
    },
    Mutation {
        row: 7,
        what: "the last eight bytes of a slot that is used again",
        edits: &[
            edit(
                LIFE,
                "bytes::is_wiped(self.at, self.usable, class, cover, canary_of(self.at))",
                "bytes::is_wiped(self.at, self.usable, class, cover, bytes::load(self.at.plus(self.usable)))",
            ),
            edit(
                LIFE,
                "bytes::load(end) == canary_of(self.at)\n        } else {\n            self.is_unused()",
                "bytes::load(end) != 1\n        } else {\n            self.is_unused()",
            ),
        ],
        tests: &["faults::after_free::a_write_to_the_end_of_a_slot"],
    },
    Mutation {
        row: 7,
        what: "the contents of a slot whose page was given back",
        edits: &[edit(
            LIFE,
            "if !bytes::is_zero(self.at, self.usable) || ![0, canary]",
            "if ![0, canary]",
        )],
        tests: &["faults::after_free::a_write_after_a_trim"],
    },
    Mutation {
        row: 7,
        what: "the contents of a slot before its page is given back",
        edits: &[edit(
            "central/purge.rs",
            "if all.options.check_on_reuse && !life::is_as_freed(place, all.layout.address_of(place)) {",
            "if false {",
        )],
        tests: &["faults::after_free::a_write_before_a_trim"],
    },
    Mutation {
        row: 7,
        what: "the look at every slot at exit",
        edits: &[edit(
            "heap/sweep.rs",
            "        fault::at_sweep(place, flaw);\n",
            "        let _ = (place, flaw);\n",
        )],
        tests: &[
            "faults::switches::sweep_at_exit_finds_what_no_function_got_to_see",
            "faults::switches::the_strong_level_sweeps",
        ],
    },
    Mutation {
        row: 10,
        what: "a freed slot is wiped",
        edits: &[
            edit(
                LIFE,
                "        bytes::zero(self.slot.at, self.requested().next_multiple_of(8));\n",
                "",
            ),
            edit(
                LIFE,
                "bytes::wipe(self.at, self.usable, class, slack, cover, canary).then_some(slack)",
                "let _ = (class, cover);\n        \
                 (bytes::load(self.at.plus(self.usable)) == canary).then_some(slack)",
            ),
            edit(
                LIFE,
                "if !is_wiped {",
                "let _ = is_wiped;\n            if bytes::load(end) != canary {",
            ),
        ],
        tests: &[
            "fuzz::sequences",
            "faults::after_free::a_small_block_shows_nothing",
            "faults::after_free::nobody_sees_what_was_anothers",
        ],
    },
    Mutation {
        row: 10,
        what: "what was written of a long slot is wiped",
        edits: &[edit(
            "region/bytes/sparse.rs",
            "        if !long_is_zero(chunk, CHUNK) {",
            "        if !long_is_zero(chunk, CHUNK / 2) {",
        )],
        tests: &[
            "unit::region::bytes::sparse::tests::whatever_was_written_is_made_zero_and_nothing_else",
        ],
    },
    Mutation {
        row: 10,
        what: "a large range is wiped before it is used again",
        edits: &[
            edit("large/allocate.rs", "    bytes::fill(from, 0, wiped);\n", ""),
            edit("large/frames.rs", "    bytes::fill(to.plus(FRAME - wiped), 0, wiped);\n", ""),
        ],
        tests: &[
            "fuzz::sequences",
            "faults::after_free::nobody_sees_what_was_anothers",
            "faults::after_free::what_lies_below_a_large_block_is_nobodys",
        ],
    },
    Mutation {
        row: 0,
        what: "free slots are idle",
        edits: &[edit(
            "heap/statistics.rs",
            "(one.quarantined + one.free) * usable_bytes",
            "one.quarantined * usable_bytes",
        )],
        tests: &["api::what_is_freed_is_idle"],
    },
    Mutation {
        row: 9,
        what: "each vector of a long block is looked at",
        edits: &[edit(
            "region/bytes/avx2_long.rs",
            "            \"vpor {b:y}, {b:y}, [{last} + {from} + 32]\",\n",
            "",
        )],
        tests: &["unit::region::bytes::tests::one_bit_anywhere_is_seen"],
    },
    Mutation {
        row: 9,
        what: "each vector of a short slot is looked at",
        edits: &[edit(
            "region/bytes/avx2.rs",
            "            \"vpor {b:y}, {b:y}, [{canary} + 2*{step}]\",\n",
            "",
        )],
        tests: &["unit::region::bytes::tests::one_bit_anywhere_in_a_wiped_slot_is_seen"],
    },
    Mutation {
        row: 9,
        what: "each vector of a longer slot is looked at",
        edits: &[edit(
            "region/bytes/avx2.rs",
            "            \"vpor {b:y}, {b:y}, [\\\\block + 96]\",\n",
            "",
        )],
        tests: &["unit::region::bytes::tests::one_bit_anywhere_in_a_wiped_slot_is_seen"],
    },
    Mutation {
        row: 4,
        what: "the longest slack that free looks at is looked at whole",
        edits: &[edit(
            "region/bytes/avx2.rs",
            "            \"vpand {more:y}, {more:y}, [{slack_masks} + {slack} + 64]\",\n",
            "            \"vpxor {more:x}, {more:x}, {more:x}\",\n",
        )],
        tests: &[
            "unit::region::bytes::tests::a_slot_with_one_changed_bit_behind_the_request_is_left_alone",
        ],
    },
    Mutation {
        row: 10,
        what: "each vector of a short slot is wiped",
        edits: &[edit(
            "region/bytes/avx2.rs",
            "            \"vmovdqu [{canary} + 2*{step}], {body:y}\",\n",
            "",
        )],
        tests: &["unit::region::bytes::tests::a_slot_that_is_as_it_was_left_is_wiped"],
    },
    Mutation {
        row: 10,
        what: "each vector of a longer slot is wiped",
        edits: &[edit(
            "region/bytes/avx2.rs",
            "[{at} + {len} - 32], {zero:y}",
            "[{at} + {len} - 40], {zero:y}",
        )],
        tests: &["unit::region::bytes::tests::a_slot_that_is_as_it_was_left_is_wiped"],
    },
    Mutation {
        row: 9,
        what: "each vector of the longest narrow slots is looked at",
        edits: &[edit(
            "region/bytes/avx2_long.rs",
            "            \"vpor {b:y}, {b:y}, [{at} + {block} + 96]\",\n",
            "",
        )],
        tests: &["unit::region::bytes::tests::one_bit_anywhere_in_a_wiped_slot_is_seen"],
    },
    Mutation {
        row: 4,
        what: "the longest slack of the longest narrow slots is looked at whole",
        edits: &[edit(
            "region/bytes/avx2_long.rs",
            "\".irp back, 32, 64, 96, 128\"",
            "\".irp back, 32, 64, 96, 96\"",
        )],
        tests: &[
            "unit::region::bytes::tests::a_slot_with_one_changed_bit_behind_the_request_is_left_alone",
        ],
    },
    Mutation {
        row: 10,
        what: "each vector of the longest narrow slots is wiped",
        edits: &[edit(
            "region/bytes/avx2_long.rs",
            "            \"vmovdqu [{at} + {last} + 128], {zero:y}\",\n",
            "",
        )],
        tests: &["unit::region::bytes::tests::a_slot_that_is_as_it_was_left_is_wiped"],
    },
    Mutation {
        row: 7,
        what: "a narrow slot that was never used is empty",
        edits: &[edit(
            "slot/life.rs",
            "let is_clean = if NARROW {",
            "let is_clean = if NARROW && !is_wiped {\n            true\n        } else if NARROW {",
        )],
        tests: &["faults::unused::a_write_where_no_block_was"],
    },
    Mutation {
        row: 7,
        what: "a handler of an abort gets what was written there wiped",
        edits: &[edit(
            "heap/fault.rs",
            "Kind::WriteAfterFree | Kind::UnusedWritten",
            "Kind::WriteAfterFree",
        )],
        tests: &["faults::unused::a_handler_of_the_abort_may_allocate_among_them"],
    },
    Mutation {
        row: 7,
        what: "a long slot that was never used is empty",
        edits: &[edit(
            "slot/life/unused.rs",
            "is_zero(self.at, second) && is_zero(last, end)",
            "{ let _ = is_zero; let _ = (second, last); true }",
        )],
        tests: &["faults::unused::a_write_where_no_block_was"],
    },
    Mutation {
        row: 7,
        what: "nothing is where the canary of an unused slot will be",
        edits: &[edit(
            "slot/life/unused.rs",
            "let is_free = before == 0 || before == canary;",
            "let is_free = { let _ = before; true };",
        )],
        tests: &["faults::unused::a_write_where_no_block_was"],
    },
    Mutation {
        row: 4,
        what: "the first bytes of a long slack",
        edits: &[edit(
            "region/bytes/avx2_long.rs",
            "\"vpand {c:y}, {c:y}, [{start} + \\\\from]\"",
            "\"vpand {c:y}, {c:y}, [{end} - 256 + \\\\from]\"",
        )],
        tests: &["unit::slot::life::slack::tests::the_ends_of_every_slack_are_seen"],
    },
    Mutation {
        row: 4,
        what: "the last bytes of a long slack",
        edits: &[edit(
            "region/bytes/avx2_long.rs",
            "\"vpand {b:y}, {b:y}, [{end} - 32]\"",
            "\"vpand {b:y}, {b:y}, [{start}]\"",
        )],
        tests: &["unit::slot::life::slack::tests::the_ends_of_every_slack_are_seen"],
    },
    Mutation {
        row: 10,
        what: "what a block grows into is wiped",
        edits: &[edit("large/resize.rs", "    bytes::fill(old_end, 0, wiped);\n", "")],
        tests: &[
            "loom::large::table::interleavings::what_had_grown_changes_hands",
            "limits::what_had_grown_keeps_its_pages_only_for_the_next_at_once",
        ],
    },
    Mutation {
        row: 10,
        what: "pages that lie open below a large block show nothing of another",
        edits: &[edit(
            "large/frames.rs",
            "pages.bytes.min(pages.used.max(len))",
            "pages.bytes.min(len)",
        )],
        tests: &["faults::after_free::what_lies_below_a_large_block_is_nobodys"],
    },
    Mutation {
        row: 10,
        what: "all that lay open below a large block is closed with it",
        edits: &[edit(
            "large/frames.rs",
            "    if !extent.moved && !is_framed(extent) {\n",
            "    if true {\n",
        )],
        tests: &[
            "faults::after_free::nothing_below_a_freed_large_block_can_be_read",
            "loom::large::table::interleavings::nothing_of_a_freed_block_is_open",
        ],
    },
    Mutation {
        row: 10,
        what: "what lay open below a large block is dropped with it",
        edits: &[edit(
            "large/free.rs",
            "let is_all = written == Written::Most || extent.moved;",
            "let is_all = written == Written::Most;",
        )],
        tests: &["faults::after_free::nothing_below_a_freed_large_block_can_be_read"],
    },
    Mutation {
        row: 11,
        what: "zero bytes are out of reach",
        edits: &[edit(
            SLOW,
            "let empty = if start::ensure() { zero::allocate(kind) } else { None };",
            "let empty = Some(super::allocate::allocate(1, kind));",
        )],
        tests: &["faults::zero_size::neither_read_nor_written"],
    },
];
