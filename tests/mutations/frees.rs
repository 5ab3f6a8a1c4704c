//! Checks of what a function is passed and told: rows 1 to 3, 8 and 9.

use crate::table::{Mutation, edit};

const LIFE: &str = "slot/life.rs";
const IDLE: &str = "slot/life/idle.rs";
const CLASSES: &str = "geometry/classes.rs";
const FREE: &str = "heap/free.rs";
const SLOW: &str = "heap/slow.rs";
const REALLOC: &str = "heap/realloc.rs";
const LARGE_FREE: &str = "large/free.rs";

pub(crate) const MUTATIONS: &[Mutation] = &[
    Mutation {
        row: 1,
        what: "a small slot must be live to be freed",
        edits: &[
            edit(
                LIFE,
                "if !state.is_live() {\n            return Err(Flaw::NotLive);",
                "if false {\n            return Err(Flaw::NotLive);",
            ),
            edit(LIFE, "let intact = state.is_live()\n", "let intact = true\n"),
            edit(
                "slot/state.rs",
                "if slack <= most { Some(slack) } else { None }",
                "if slack <= most { Some(slack) } else { Some(self.slack() & 7) }",
            ),
        ],
        tests: &[
            "fuzz::misuse",
            "faults::double_free::twice_in_a_row",
            "faults::double_free::by_another_thread",
            "faults::double_free::after_the_owner_has_ended",
            "model::misuse_at_the_end",
            "faults::invalid::where_a_block_could_be_and_never_was",
            "faults::freed::by_realloc_at_every_size",
        ],
    },
    Mutation {
        row: 1,
        what: "what a thread's end finds is told",
        edits: &[edit("heap/thread.rs", "fault::at_thread_exit(trouble);", "let _ = trouble;")],
        tests: &["faults::races::what_a_threads_end_finds_is_told"],
    },
    Mutation {
        row: 1,
        what: "caches that are kept are emptied after a while",
        edits: &[edit(
            "cache/exchange.rs",
            "let age = u64::from(tuning::decay_ms());",
            "let age = 1000 * u64::from(tuning::decay_ms());",
        )],
        tests: &["faults::races::what_a_threads_end_finds_is_told"],
    },
    Mutation {
        row: 1,
        what: "a mark on what is being wiped",
        edits: &[edit(
            LIFE,
            "self.slot.store(State::RETIRING);\n        // The bytes",
            "// The bytes",
        )],
        tests: &["faults::races::a_free_is_noticed_while_another_wipes"],
    },
    Mutation {
        row: 1,
        what: "a large allocation must be live to be freed",
        edits: &[edit(
            LARGE_FREE,
            "let Status::Live(kind) = extent.status else { return Err(LargeFlaw::Freed(extent)) };",
            "let kind = if let Status::Live(kind) = extent.status { kind } else { Kind::Malloc };",
        )],
        tests: &[
            "fuzz::misuse",
            "faults::double_free::of_large_blocks_with_any_number_of_them_freed_in_between",
        ],
    },
    Mutation {
        row: 1,
        what: "the addresses of large allocations that are gone",
        edits: &[edit(
            "heap/unknown.rs",
            "table::lock().is_ok_and(|table| table.was_at(address));",
            "table::lock().is_ok_and(|table| false && table.was_at(address));",
        )],
        tests: &[
            "faults::double_free::of_a_large_block_that_is_long_gone",
            "faults::double_free::of_a_large_block_whose_place_is_taken",
            "model::misuse_among_large_blocks",
        ],
    },
    Mutation {
        row: 2,
        what: "whether the state of a slot can be read",
        edits: &[edit(
            "region/tables.rs",
            "place.slot.number() / CHUNK_SLOTS < chunks::readable(place.slot.arena())",
            "place.slot.number() / CHUNK_SLOTS < chunks::readable(place.slot.arena()) || true",
        )],
        tests: &["faults::invalid::anywhere_in_the_address_space"],
    },
    Mutation {
        row: 8,
        what: "an alignment stated to delete is a power of two",
        edits: &[edit(
            CLASSES,
            "align.is_power_of_two() && slot_bytes",
            "slot_bytes > 0 && slot_bytes",
        )],
        tests: &["faults::claims::an_alignment_that_is_no_power_of_two"],
    },
    Mutation {
        row: 1,
        what: "a slot that leaves quarantine twice",
        edits: &[edit(
            IDLE,
            "swapped.map(drop).map_err(|_| Flaw::FreedTwice)",
            "swapped.map_or(Ok(()), |_| Ok(()))",
        )],
        tests: &[
            "faults::races::ten_thousand_pairs_of_small_blocks_are_all_told",
            "faults::races::ten_thousand_pairs_never_give_an_address_twice",
        ],
    },
    Mutation {
        row: 1,
        what: "each cache has a mark of its own",
        edits: &[edit("slot/state.rs", "index as u16 * MARKED", "index as u16 * 0")],
        tests: &["loom::slot::life::interleavings::of_two_frees_one_gets_through"],
    },
    Mutation {
        row: 1,
        what: "the mark of what leaves a quarantine",
        edits: &[edit(
            IDLE,
            "if let Some(released) = state.released_by(mark) {\n        cell.store(released.get(), Ordering::Release);\n        \
             return",
            "if state.is_quarantined() && mark == mark {\n        \
             cell.store(state.released().get(), Ordering::Release);\n        return",
        )],
        tests: &["loom::slot::life::interleavings::of_two_frees_one_gets_through"],
    },
    Mutation {
        row: 1,
        what: "a large allocation that another thread freed meanwhile",
        edits: &[edit(LARGE_FREE, "Some(now) if now == extent => {}", "Some(_) => {}")],
        tests: &["faults::races::pairs_of_large_blocks_are_all_told"],
    },
    Mutation {
        row: 1,
        what: "nobody closes a large block that is looked at",
        edits: &[edit(
            LARGE_FREE,
            "    let extent = table.find(address).ok_or(LargeFlaw::Unknown)?;\n    let Status",
            "    let extent = table.find(address).ok_or(LargeFlaw::Unknown)?;\n    drop(table);\n    let Status",
        )],
        tests: &["loom::large::table::interleavings::a_free_looks_at_nothing_that_is_closed"],
    },
    Mutation {
        row: 1,
        what: "nobody frees a large block that is copied",
        edits: &[edit(
            "heap/realloc.rs",
            "large::resize::hold(address, extent)?",
            "false && large::resize::hold(address, extent)?",
        )],
        tests: &["faults::races::a_free_is_noticed_while_realloc_copies"],
    },
    Mutation {
        row: 1,
        what: "a zero-size allocation must be live to be freed",
        edits: &[
            edit(
                "heap/zero.rs",
                "Some(if life::state(place).is_live() { Ok(place) } else { Err(Flaw::NotLive) })",
                "Some(Ok(place))",
            ),
            edit(
                "slot/life/empty.rs",
                "if !state(place).is_live() {\n        return Err(Flaw::NotLive);",
                "if false {\n        return Err(Flaw::NotLive);",
            ),
            edit("central/slab.rs", "if available.has(bit) || out == 0 {", "if false {"),
        ],
        tests: &["faults::zero_size::freed_twice"],
    },
    Mutation {
        row: 2,
        what: "an address must be a slot's first",
        edits: &[
            edit(
                "region/span.rs",
                "if product as u64 >= self.reciprocal {",
                "if self.reciprocal == 0 {",
            ),
            edit(
                "geometry/layout.rs",
                "if within > self.span_mask || product as u64 >= row.reciprocal {",
                "if within > self.span_mask || row.reciprocal == 0 {",
            ),
        ],
        tests: &[
            "faults::invalid::inside_a_block_of_every_size",
            "unit::region::span::tests::only_the_starts_of_slots_have_numbers",
            "unit::geometry::layout::tests::every_byte_of_the_smallest_layout_is_a_slots_start_or_nobodys",
        ],
    },
    Mutation {
        row: 2,
        what: "an address must be ours to be freed",
        edits: &[edit(
            SLOW,
            "Err(LargeFlaw::Unknown) => fault::at_unknown(address, claim.operation),",
            "Err(LargeFlaw::Unknown) => {}",
        )],
        tests: &[
            "faults::invalid::on_the_stack_of_this_thread",
            "faults::invalid::in_the_heap_of_another_allocator",
            "faults::invalid::numbers",
        ],
    },
    Mutation {
        row: 2,
        what: "what a foreign address belongs to",
        edits: &[edit("report/die.rs", "None => address.write_owner(&mut line),", "None => {}")],
        tests: &["faults::invalid::in_a_global_variable"],
    },
    Mutation {
        row: 2,
        what: "the guards of a large allocation are its own",
        edits: &[edit(
            "large/table.rs",
            "let holds = |found: &(Addr, Extent)| found.1.reaches(address);",
            "let holds = |found: &(Addr, Extent)| found.1.holds(address);",
        )],
        tests: &["faults::invalid::in_the_guard_of_a_large_block"],
    },
    Mutation {
        row: 3,
        what: "realloc looks at what it is given",
        edits: &[edit(
            REALLOC,
            "            fault::at_slot(place, flaw, Operation::Realloc);\n",
            "            let _ = flaw;\n",
        )],
        tests: &["faults::freed::by_realloc_at_every_size"],
    },
    Mutation {
        row: 3,
        what: "malloc_usable_size looks at what it is given",
        edits: &[edit(
            REALLOC,
            "                fault::at_slot(place, flaw, operation);\n",
            "                let _ = flaw;\n",
        )],
        tests: &["faults::freed::by_malloc_usable_size_at_every_size"],
    },
    Mutation {
        row: 8,
        what: "the size stated for a small allocation",
        edits: &[
            edit(
                FREE,
                "if slack != Some(state.slack()) {",
                "if slack.is_some_and(|slack| slack > 1 << 20) {",
            ),
            edit(
                FREE,
                "self.size.is_none_or(|size| size == slot.requested())",
                "self.size.is_none_or(|size| size != 1 << 40)",
            ),
        ],
        tests: &[
            "faults::claims::a_wrong_size",
            "faults::claims::a_wrong_size_by_every_function",
            "model::misuse_at_the_end",
        ],
    },
    Mutation {
        row: 8,
        what: "the size stated for a large allocation",
        edits: &[edit(SLOW, "&& size != extent.size\n", "&& size == usize::MAX\n")],
        tests: &["faults::claims::a_wrong_size"],
    },
    Mutation {
        row: 8,
        what: "the alignment stated",
        edits: &[
            edit(
                FREE,
                "&& (!align.is_power_of_two() || !address.is_aligned(align))",
                "&& align == usize::MAX",
            ),
            edit(
                CLASSES,
                "align.is_power_of_two() && slot_bytes & align.wrapping_sub(1) == 0",
                "slot_bytes > 0 || align > 0",
            ),
        ],
        tests: &[
            "faults::claims::an_alignment_that_the_block_does_not_have",
            "faults::claims::an_alignment_that_is_no_power_of_two",
        ],
    },
    Mutation {
        row: 9,
        what: "the family of functions",
        edits: &[edit(FREE, "&& made_by != claim.kind\n", "&& made_by != claim.kind && false\n")],
        tests: &["faults::claims::families_mixed_are_told_when_asked_for"],
    },
    Mutation {
        row: 9,
        what: "families are not compared unless asked for",
        edits: &[edit(
            "options/table.rs",
            "type_mismatch_check: bool, Form::Switch, default false;",
            "type_mismatch_check: bool, Form::Switch, default true;",
        )],
        tests: &["faults::claims::families_mixed_are_let_pass_otherwise"],
    },
    Mutation {
        row: 8,
        what: "the class tells what alignments a block cannot have",
        edits: &[
            edit(
                FREE,
                "&& self.align.is_none_or(|align| slot.serves(align))",
                "&& self.align.is_none()",
            ),
            edit(
                FREE,
                "&& !classes::serves(slot_bytes(place.class), align)",
                "&& !(align.is_power_of_two() && address.is_aligned(align))",
            ),
        ],
        tests: &["faults::claims::an_alignment_that_no_block_of_the_class_was_given"],
    },
    Mutation {
        row: 18,
        what: "a slot that was written after its free does not end a handler of SIGABRT",
        edits: &[edit(
            "report/die.rs",
            "pub(crate) fn is_ending() -> bool {\n    thread::load(Word::Reports) != 0",
            "pub(crate) fn is_ending() -> bool {\n    false",
        )],
        tests: &["faults::reports::a_handler_of_abort_may_allocate_after_a_sweep"],
    },
    Mutation {
        row: 18,
        what: "a handler of SIGABRT that stays does not keep others from their reports",
        edits: &[edit(
            "report/die.rs",
            "    TOLD_IN.load(Ordering::Relaxed) != 0\n        &&",
            "    false &&",
        )],
        tests: &["faults::reports::a_handler_of_abort_may_keep_the_process_from_its_end"],
    },
    Mutation {
        row: 18,
        what: "a report is the process's own",
        edits: &[edit("report/die.rs", " && !was_a_child();", ";")],
        tests: &["faults::reports::a_child_of_vfork_has_a_report_of_its_own"],
    },
];
