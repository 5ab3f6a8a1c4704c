//! Guards, what chance decides, the records, and what goes on around a report: rows 12 to 18.

use crate::table::{Mutation, edit};

const LARGE_FREE: &str = "large/free.rs";
const FAULT: &str = "heap/fault.rs";

pub(crate) const MUTATIONS: &[Mutation] = &[
    Mutation {
        row: 12,
        what: "spans end in closed pages",
        edits: &[edit("geometry/ladder.rs", "else { PAGE_MAX };", "else { 0 * PAGE_MAX };")],
        tests: &["faults::guards::an_overflow_out_of_a_full_class_does_not_reach_the_next"],
    },
    Mutation {
        row: 12,
        what: "guards among small slots",
        edits: &[
            edit("central/grow.rs", "return pages::leave_hole();", "return false;"),
            edit("central/grow.rs", "&& pages::guard(span.plus(from), to - from)", "&& from > to"),
        ],
        tests: &[
            "faults::guards::an_overflow_that_runs_on_meets_a_guard",
            "faults::guards::an_overflow_out_of_any_class_stays_among_its_kind",
        ],
    },
    Mutation {
        row: 12,
        what: "guards stand at random places",
        edits: &[edit(
            "central/grow.rs",
            "let draw = generator.next_u16();",
            "let draw = generator.next_u16() & 1;",
        )],
        tests: &["faults::guards::guards_stand_at_random_places"],
    },
    Mutation {
        row: 12,
        what: "a guard stands inside its interval",
        edits: &[edit(
            "geometry/guards.rs",
            "start + ((pages * draw as usize) >> 16) * page",
            "start + (((pages + 1) * draw as usize) >> 16) * page",
        )],
        tests: &[
            "unit::geometry::guards::tests::guards_stay_inside_their_interval_and_may_be_any_page_of_it",
        ],
    },
    Mutation {
        row: 12,
        what: "guards stand anywhere in their interval",
        edits: &[edit(
            "central/grow.rs",
            "let draw = generator.next_u16();",
            "let draw = generator.next_u16() >> 1;",
        )],
        tests: &["faults::guards::guards_stand_at_random_places"],
    },
    Mutation {
        row: 14,
        what: "the data region lies at a random place",
        edits: &[edit(
            "region/start.rs",
            "let hint = generator.next_u64() & ((1 << RANDOM_HINT_BITS) - 1);",
            "let hint = generator.next_u64() & ((1 << RANDOM_HINT_BITS) - 1) & 0x7fff_ffff | 0x2000_0000_0000;",
        )],
        tests: &["faults::chance::no_process_is_like_another"],
    },
    Mutation {
        row: 14,
        what: "spans begin at random places",
        edits: &[edit(
            "region/start.rs",
            "|| generator.next_u16());",
            "|| generator.next_u16() & 1);",
        )],
        tests: &["faults::chance::no_process_is_like_another"],
    },
    Mutation {
        row: 3,
        what: "the first key of canaries is random",
        edits: &[edit(
            "region/start.rs",
            "Keys::new([generator.next_u64(), ",
            "Keys::new([0x1234_5678_9abc_def0, ",
        )],
        tests: &["faults::chance::no_process_is_like_another"],
    },
    Mutation {
        row: 3,
        what: "the second key of canaries is random",
        edits: &[edit(
            "region/start.rs",
            ", generator.next_u64() | 1]),",
            ", 0x9e37_79b9_7f4a_7c15 | 1]),",
        )],
        tests: &["faults::chance::no_process_is_like_another"],
    },
    Mutation {
        row: 13,
        what: "a freed large range of a small layout is held back",
        edits: &[edit(
            "large/waiting.rs",
            "serial - self.serial >= delay",
            "serial + 1 - self.serial >= delay.min(1)",
        )],
        tests: &["faults::chance::large_blocks_of_a_small_layout_are_held_back"],
    },
    Mutation {
        row: 12,
        what: "the budget of mappings for guards",
        edits: &[
            edit(
                "region/pages.rs",
                "if HOLES.fetch_add(1, Ordering::Relaxed) < HOLE_BUDGET {",
                "if HOLES.fetch_add(1, Ordering::Relaxed) < usize::MAX {",
            ),
            edit(
                "region/pages.rs",
                "wanted << (HOLES.load(Ordering::Relaxed) / (HOLE_BUDGET / WIDENINGS)).min(WIDENINGS)",
                "wanted",
            ),
        ],
        tests: &["faults::guards::guards_that_are_mappings_never_use_them_all_up"],
    },
    Mutation {
        row: 12,
        what: "guards that could not be had are counted",
        edits: &[edit(
            "region/pages.rs",
            "    MISSING_GUARDS.fetch_add(count, Ordering::Relaxed);\n",
            "    let _ = count;\n",
        )],
        tests: &[
            "faults::guards::guards_that_the_kernel_refuses_are_counted",
            "faults::guards::guards_take_few_mappings_and_are_counted",
        ],
    },
    Mutation {
        row: 12,
        what: "guards that are left out to save mappings count as missing",
        edits: &[edit(
            "central/grow.rs",
            "pages::miss_guards(guards_left_out(class));",
            "let _ = guards_left_out(class);",
        )],
        tests: &[
            "faults::guards::guards_take_few_mappings_and_are_counted",
            "faults::guards::guards_that_are_mappings_never_use_them_all_up",
        ],
    },
    Mutation {
        row: 13,
        what: "a large block ends at its guard",
        edits: &[edit(
            "large/mapping.rs",
            "body.plus(body_len - size).align_down(align.get())",
            "body.plus((body_len - size) / 2).align_down(align.get())",
        )],
        tests: &["faults::guards::one_byte_outside_a_large_block_faults"],
    },
    Mutation {
        row: 13,
        what: "guards of large blocks have random lengths",
        edits: &[
            edit(
                "large/mapping.rs",
                "page * (1 + generator.next_below(most) as usize)",
                "page * (1 + (generator.next_below(most) as usize).min(0))",
            ),
            edit(
                "large/mapping.rs",
                "FRAME * generator.next_below(SPARE_FRAMES + 1) as usize",
                "FRAME * (generator.next_below(SPARE_FRAMES + 1) as usize).min(0)",
            ),
        ],
        tests: &["faults::chance::large_blocks_are_spread_and_held_back"],
    },
    Mutation {
        row: 13,
        what: "a freed large block is inaccessible",
        edits: &[
            edit(LARGE_FREE, "mappings::close(first, len).then_some(closed)", "Some(closed)"),
            edit(
                LARGE_FREE,
                "mappings::replace(first, end.offset_from(first)).then(|| without_pages(extent))",
                "Some(without_pages(extent))",
            ),
            edit(
                "large/frames.rs",
                "if at == first { mappings::close(first, len) }",
                "if at == first { true }",
            ),
        ],
        tests: &[
            "faults::after_free::a_large_block_cannot_be_written",
            "faults::after_free::a_large_block_cannot_be_read",
        ],
    },
    Mutation {
        row: 13,
        what: "the front of a freed large block is inaccessible",
        edits: &[edit(
            LARGE_FREE,
            "\n                && mappings::close(body, rest.offset_from(body));",
            ";",
        )],
        tests: &["limits::large_blocks_whose_front_is_used_keep_its_pages"],
    },
    Mutation {
        row: 13,
        what: "which freed large range is taken is drawn",
        edits: &[
            edit(
                "large/retained.rs",
                "generator.next_below(found) as usize)?)?;",
                "(generator.next_below(found) & 0) as usize)?)?;",
            ),
            edit(
                "large/retained.rs",
                "let chosen = generator.next_below(found) as usize;",
                "let chosen = (generator.next_below(found) & 0) as usize;",
            ),
        ],
        tests: &[
            "unit::large::retained::tests::any_of_the_last_ranges_is_taken_or_any_that_ends_at_a_frame",
        ],
    },
    Mutation {
        row: 13,
        what: "a freed large range is held back",
        edits: &[
            edit(
                "large/waiting.rs",
                "serial - self.serial >= delay",
                "serial + 1 - self.serial >= delay.min(1)",
            ),
            edit("large/retained.rs", "u64 = rounds(16, 1) as u64;", "u64 = 0;"),
            edit("large/retained.rs", "u32 = rounds(16, 1);", "u32 = 1;"),
        ],
        tests: &["faults::chance::large_blocks_are_spread_and_held_back"],
    },
    Mutation {
        row: 0,
        what: "slots are handed out in order where that is wanted",
        edits: &[edit("cache/magazine.rs", "if sealed().options.random_order {", "if true {")],
        tests: &["faults::chance::new_blocks_follow_one_another_if_that_is_wanted"],
    },
    Mutation {
        row: 14,
        what: "slots are handed out in random order",
        edits: &[
            edit(
                "base/generator.rs",
                "*draw = place.wrapping_add(behind as u16);",
                "*draw = place + behind.min(0) as u16;",
            ),
            edit(
                "central/store.rs",
                "Generator::below(generator.next_u16(), available.count())\n",
                "Generator::below(generator.next_u16(), available.count()).max(available.count() - 1)\n",
            ),
        ],
        tests: &[
            "faults::chance::the_next_address_cannot_be_guessed",
            "faults::chance::the_first_addresses_cannot_be_guessed",
        ],
    },
    Mutation {
        row: 14,
        what: "the quarantine's length",
        edits: &[edit(
            "options/table.rs",
            "default 192, light 96, strong 12288;",
            "default 64, light 96, strong 192;",
        )],
        tests: &[
            "faults::chance::a_freed_address_comes_back_late",
            "faults::chance::at_the_strong_level_addresses_come_back_very_late",
        ],
    },
    Mutation {
        row: 14,
        what: "long slots of others go home at once",
        edits: &[edit(
            "cache/exchange.rs",
            "if part.quarantine_hot_cap == 0 { 1 } else { FOREIGN_BATCH }",
            "FOREIGN_BATCH",
        )],
        tests: &["process_life::long_slots_of_others_do_not_wait"],
    },
    Mutation {
        row: 14,
        what: "held lines share their byte budget",
        edits: &[edit(
            "cache/shape.rs",
            "most.min(share.max(staying(class, crowd, options))).max(least)",
            "most.max(share.min(least))",
        )],
        tests: &["unit::cache::shape::tests::held_lines_share_their_budget"],
    },
    Mutation {
        row: 14,
        what: "the newest of a held line stay, whatever others take",
        edits: &[edit("cache/shape.rs", "(all >> crowd).max(1)", "(all >> crowd).min(0)")],
        tests: &["faults::chance::a_freed_address_among_many_long_sizes_is_not_the_next_one"],
    },
    Mutation {
        row: 14,
        what: "what leaves a full byte budget is chosen at random",
        edits: &[edit(
            "cache/quarantine.rs",
            "Generator::below(generator.next_u16(), older as u32)",
            "Generator::below(generator.next_u16(), 1)",
        )],
        tests: &["unit::cache::quarantine::tests::one_by_one_any_but_the_newest_may_leave"],
    },
    Mutation {
        row: 14,
        what: "the quarantine of a thread that ended",
        edits: &[edit("cache/pool.rs", "let most = tuning::arenas() as usize;", "let most = 0;")],
        tests: &["faults::chance::what_a_thread_freed_stays_back_when_it_ends"],
    },
    Mutation {
        row: 15,
        what: "a forked child has its own order of slots and its own draws",
        edits: &[
            edit("cache/pool.rs", "    current::set_aside();\n", ""),
            edit(
                "cache/pool.rs",
                "if REKEY.load(Ordering::Relaxed) && REKEY.swap(false, Ordering::Relaxed) {",
                "if false {",
            ),
            edit(
                "cache/pool.rs",
                "        magazine::shuffle(part, entries, &mut cache.generator);\n",
                "        let _ = (part, &entries);\n",
            ),
        ],
        tests: &["faults::chance::parent_and_child_draw_different_addresses"],
    },
    Mutation {
        row: 15,
        what: "what a parent's thread left is taken over in another order",
        edits: &[edit(
            "cache/pool.rs",
            "&mut cache.generation, forks()) != forks() {",
            "&mut cache.generation, forks()) > forks() {",
        )],
        tests: &["faults::chance::parent_and_child_draw_different_addresses"],
    },
    Mutation {
        row: 15,
        what: "what waits for a sample is in another order in a child too",
        edits: &[edit(
            "cache/pool.rs",
            "(0..CLASS_SLOTS).for_each(|class| magazine::show(",
            "(0..0).for_each(|class| magazine::show(",
        )],
        tests: &["faults::chance::parent_and_child_draw_different_addresses"],
    },
    Mutation {
        row: 0,
        what: "what ended threads left goes home beside large blocks",
        edits: &[edit("heap/slow.rs", "exchange::tick();", "crate::cache::trim::tick();")],
        tests: &["limits::what_ended_threads_left_goes_home"],
    },
    Mutation {
        row: 0,
        what: "who never allocated trims what ended threads left",
        edits: &[edit(
            "heap/thread.rs",
            "if current.is_none() && thread::load(Word::Phase) == phase::SERVED {",
            "if current.is_none() {",
        )],
        tests: &["limits::what_ended_threads_left_goes_home"],
    },
    Mutation {
        row: 0,
        what: "pages that are likely to be written are asked for by a write",
        edits: &[edit("slot/life.rs", "bytes::expect_writes(self.at, self.usable);", "")],
        tests: &["limits::pages_that_went_back_come_again_by_one_fault_each"],
    },
    Mutation {
        row: 0,
        what: "of blocks that are used little most pages stay away",
        edits: &[edit("region/bytes/mod.rs", "&& sparse::is_used_whole(len)", "")],
        tests: &["limits::pages_that_went_back_come_again_by_one_fault_each"],
    },
    Mutation {
        row: 0,
        what: "where address space is short no block gets one eight times as long",
        edits: &[edit(
            "large/waiting.rs",
            "if sealed().rung == 0 { body_len.s",
            "if true { body_len.s",
        )],
        tests: &["limits::ranges_whose_front_was_used_take_no_address_space_from_others"],
    },
    Mutation {
        row: 0,
        what: "what was written here and there was not written as a whole",
        edits: &[edit(
            LARGE_FREE,
            "is_eighth_written(*eighth)).count() >= 2",
            "is_eighth_written(*eighth)).count() < 8",
        )],
        tests: &["limits::blocks_that_were_written_here_and_there_leave_few_pages"],
    },
    Mutation {
        row: 0,
        what: "blocks of zeros that had their pages keep them",
        edits: &[edit(
            "large/free.rs",
            "Written::Little if may_be_blank",
            "Written::Little if false",
        )],
        tests: &["limits::blocks_filled_with_zeros_leave_their_pages_to_others"],
    },
    Mutation {
        row: 0,
        what: "blocks aligned to more than a page get pages of those before",
        edits: &[edit("large/frames.rs", "align <= FRAME", "align <= sealed().page")],
        tests: &["limits::blocks_aligned_to_more_than_a_page_keep_their_pages"],
    },
    Mutation {
        row: 0,
        what: "blocks aligned to more than a page get a front with pages",
        edits: &[edit("large/allocate.rs", "is_aligned && way == Way::Any", "is_aligned")],
        tests: &["limits::blocks_aligned_to_more_than_a_page_keep_their_pages"],
    },
    Mutation {
        row: 0,
        what: "a front is where the alignment wants it",
        edits: &[edit(
            "large/retained.rs",
            "waiting.address.is_aligned(align.get())",
            "waiting.address.is_aligned(Align::MIN.get())",
        )],
        tests: &["limits::blocks_aligned_to_more_than_a_page_keep_their_pages"],
    },
    Mutation {
        row: 0,
        what: "a block of no bytes has no frame",
        edits: &[edit("large/frames.rs", "body_len > 0 && ", "")],
        tests: &["limits::blocks_of_no_bytes_take_few_addresses"],
    },
    Mutation {
        row: 0,
        what: "one wait does not tell that blocks were written",
        edits: &[edit("large/blank.rs", ".min(STEP_MS)", ".min(20)")],
        tests: &["unit::large::blank::tests::one_wait_tells_nothing_however_long_the_block"],
    },
    Mutation {
        row: 0,
        what: "pages are looked at that do not lie at powers of two",
        edits: &[edit("large/free.rs", "OFF_EIGHTHS: usize = 64", "OFF_EIGHTHS: usize = 1 << 40")],
        tests: &["limits::pages_of_zeros_at_powers_of_two_do_not_make_a_block_blank"],
    },
    Mutation {
        row: 0,
        what: "what was never touched is not taken for written",
        edits: &[edit("large/blank.rs", ">= expected.max(ENOUGH_NS)", "< u64::MAX")],
        tests: &["limits::blocks_that_nobody_touched_get_no_pages"],
    },
    Mutation {
        row: 0,
        what: "what threads never touched is not taken for written, however they wait",
        edits: &[edit("large/blank.rs", " && symbols::is_only_one()", "")],
        tests: &["limits::blocks_that_nobody_touched_get_no_pages"],
    },
    Mutation {
        row: 0,
        what: "that blocks of zeros had pages is forgotten",
        edits: &[edit("large/blank.rs", "> STALE_MS", "> u64::MAX")],
        tests: &["unit::large::blank::tests::what_is_of_no_use_for_long_is_forgotten"],
    },
    Mutation {
        row: 0,
        what: "blocks keep pages for a while, though they are all zero",
        edits: &[edit("large/blank.rs", "{ left - 1 }", "{ left }")],
        tests: &[
            "unit::large::blank::tests::so_many_keep_their_pages_where_drops_took_as_long_as_pages_do",
        ],
    },
    Mutation {
        row: 0,
        what: "a large block gets a range that is hardly longer",
        edits: &[edit(
            "large/retained.rs",
            "(waiting.kept > 0, Reverse(waiting.capacity), waiting.serial)",
            "(waiting.kept > 0, waiting.serial)",
        )],
        tests: &["limits::each_of_many_large_blocks_keeps_its_pages_for_another"],
    },
    Mutation {
        row: 0,
        what: "a large block gets a range with pages if there is one",
        edits: &[edit("large/retained.rs", "(waiting.kept > 0, Reverse", "(true, Reverse")],
        tests: &[
            "unit::large::retained::tests::shorter_ranges_are_taken_first_but_for_those_with_pages",
        ],
    },
    Mutation {
        row: 0,
        what: "pages that an earlier block left belong to the range",
        edits: &[edit(
            "large/waiting.rs",
            "        return extent.stale + extent.body_len;",
            "        return extent.body_len;",
        )],
        tests: &["limits::each_of_many_large_blocks_keeps_its_pages_for_another"],
    },
    Mutation {
        row: 0,
        what: "a large block that others follow keeps its pages",
        edits: &[edit("large/table.rs", "if is_followed && budget > 0 {", "if false {")],
        tests: &["limits::one_large_block_after_another_keeps_its_pages"],
    },
    Mutation {
        row: 0,
        what: "what may be several mappings is not moved as one",
        edits: &[edit("large/resize.rs", "extent.parted || (extent.moved", "(extent.moved")],
        tests: &["limits::blocks_that_grow_where_a_parent_used_the_front_leave_no_mappings"],
    },
    Mutation {
        row: 0,
        what: "a large block's front keeps its pages",
        edits: &[edit(LARGE_FREE, "FRONT_PAGES.. => Written", "FRONT_PAGES.. if false => Written")],
        tests: &["limits::large_blocks_whose_front_is_used_keep_its_pages"],
    },
    Mutation {
        row: 0,
        what: "idle pages are looked for early where much is new",
        edits: &[edit("region/footprint.rs", "|| grown > PEAK.load(Ordering::Relaxed)", "")],
        tests: &["limits::phases_of_sizes_get_on_under_a_limit"],
    },
    Mutation {
        row: 15,
        what: "a forked child draws from its own seed",
        edits: &[edit(
            "cache/pool.rs",
            "if REKEY.load(Ordering::Relaxed) && REKEY.swap(false, Ordering::Relaxed) {",
            "if false {",
        )],
        tests: &["faults::chance::children_draw_different_addresses"],
    },
    Mutation {
        row: 15,
        what: "each child has another seed",
        edits: &[edit(
            "heap/fork.rs",
            "let seed = pool::child_seed();",
            "let seed = { let _ = pool::child_seed(); [7; 32] };",
        )],
        tests: &["faults::chance::children_draw_different_addresses"],
    },
    Mutation {
        row: 16,
        what: "what is decided at start is read-only",
        edits: &[edit(
            "region/sealed.rs",
            "let is_closed = memory::protect(at, len, Access::Read).is_ok();",
            "let is_closed = false;",
        )],
        tests: &["faults::records::what_is_decided_at_start_cannot_be_written"],
    },
    Mutation {
        row: 16,
        what: "what is decided at start is sealed",
        edits: &[edit("region/sealed.rs", "let _ = memory::seal(at, len);", "")],
        tests: &["faults::records::what_is_decided_at_start_is_sealed"],
    },
    Mutation {
        row: 16,
        what: "guards around the records",
        edits: &[edit(
            "region/start.rs",
            "let mut guard = || PAGE_MAX * (1 + generator.next_below((most / PAGE_MAX) as u32) as usize);",
            "let mut guard = || PAGE_MAX * (1 + (generator.next_below((most / PAGE_MAX) as u32) as usize).min(0));",
        )],
        tests: &["faults::records::records_lie_between_guards"],
    },
    Mutation {
        row: 17,
        what: "a thread knows a lock of its own",
        edits: &[
            edit(
                "platform/lock.rs",
                "self.word.load(Ordering::Relaxed) & !WAITERS == holder_bits()",
                "false",
            ),
            edit("heap/fork.rs", "let alone = symbols::is_only_one();", "let alone = false;"),
        ],
        tests: &["process_life::a_timer_handler_that_interrupts_malloc_may_fork"],
    },
    Mutation {
        row: 18,
        what: "no lock is held while a report is made",
        edits: &[edit(
            FAULT,
            "    if options.on_fault == FaultAction::Abort {\n",
            "    if options.on_fault == FaultAction::Abort {\n        core::mem::forget(table::lock());\n",
        )],
        tests: &["faults::reports::a_handler_of_abort_may_allocate_and_fork"],
    },
    Mutation {
        row: 18,
        what: "a handler of the abort is called",
        edits: &[edit("report/die.rs", "    abort::abort()\n}", "    abort::abort_now()\n}")],
        tests: &["faults::reports::a_handler_of_abort_may_allocate_and_fork"],
    },
    Mutation {
        row: 13,
        what: "a quarantine that got shorter lets more than half leave",
        edits: &[edit(
            "cache/exchange.rs",
            ".is_some_and(|part| part.quarantine_len >= part.quarantine_cap)\n    {\n",
            ".is_some_and(|_| false)\n    {\n",
        )],
        tests: &["process_life::nothing_is_lost_where_a_quarantine_gets_shorter"],
    },
    Mutation {
        row: 0,
        what: "a sample is any one of the coming allocations",
        edits: &[
            edit(
                "heap/sampling.rs",
                "next_below(slots).checked_sub(1)",
                "next_below(1).checked_sub(1)",
            ),
            edit("heap/sampling.rs", "next_below(slots) as u16", "next_below(1) as u16"),
        ],
        tests: &["sampling::a_profile_counts_classes_in_turn"],
    },
    Mutation {
        row: 0,
        what: "a sample that is owed keeps its place",
        edits: &[edit(
            "heap/sampling.rs",
            "(all, if is_new { new.1 } else { owed.1 })",
            "(all, owed.1.min(new.1).min(0))",
        )],
        tests: &["sampling::a_profile_counts_classes_in_turn"],
    },
    Mutation {
        row: 0,
        what: "the first sample is drawn",
        edits: &[edit(
            "heap/start.rs",
            "pool::with_generator(due::begin);",
            "pool::with_generator(|_| {});",
        )],
        tests: &["sampling::short_lives_have_as_many_samples_as_long_ones"],
    },
    Mutation {
        row: 0,
        what: "the first sample is as far away as from any moment to the next",
        edits: &[edit(
            "sample/due.rs",
            "distance(interval, generator).min(distance(interval, generator))",
            "distance(interval, generator)",
        )],
        tests: &["unit::sample::due::tests::the_first_is_due_as_often_as_any"],
    },
    Mutation {
        row: 0,
        what: "the first batch of a class counts as a whole",
        edits: &[edit("cache/shape.rs", "if part.in_use > 0 {", "if part.in_use < 2 {")],
        tests: &["sampling::short_lives_have_as_many_samples_as_long_ones"],
    },
    Mutation {
        row: 0,
        what: "a sample among the slots of a batch is one allocation more",
        edits: &[edit(
            "heap/sampling.rs",
            "due::count(1, usable_bytes(class)),",
            "due::count(0, 0),",
        )],
        tests: &["sampling::a_profile_counts_where_each_batch_has_a_sample"],
    },
    Mutation {
        row: 0,
        what: "samples leave room to the profile",
        edits: &[edit(
            "sample/record.rs",
            "if is_shared { LIVE_MOST / 2 }",
            "if is_shared { LIVE_MOST }",
        )],
        tests: &["sampling::a_profile_counts_beside_other_samples"],
    },
    Mutation {
        row: 0,
        what: "slots that come in place of a sample are counted",
        edits: &[edit("heap/sampling.rs", "due::count(slots, bytes);", "due::count(0, 0);")],
        tests: &["sampling::a_profile_counts_beside_other_samples"],
    },
    Mutation {
        row: 13,
        what: "what a large block leaves when it moves waits",
        edits: &[edit(
            "large/resize.rs",
            "if matches!(moved, Moved::Open(_)) && free::hold_back(address, &left) {",
            "if matches!(moved, Moved::Open(_)) && all == 0 && free::hold_back(address, &left) {",
        )],
        tests: &["faults::chance::what_realloc_left_is_not_the_next_block"],
    },
    Mutation {
        row: 13,
        what: "a freed large block that stays mapped is out of reach",
        edits: &[edit("large/stranded.rs", "mappings::strand(extent.base, extent.total);", "")],
        tests: &[
            "limits::what_is_freed_where_no_mapping_is_left_is_out_of_reach_and_goes_back_later",
        ],
    },
    Mutation {
        row: 0,
        what: "a freed large block that stayed mapped goes back later",
        edits: &[
            edit("large/stranded.rs", "for _ in 0..AT_ONCE {", "for _ in AT_ONCE..AT_ONCE {"),
            edit(
                "large/stranded.rs",
                "any |= extent.status == Status::Stranded && give_back(address).is_some();",
                "any |= extent.status == Status::Front && give_back(address).is_some();",
            ),
        ],
        tests: &[
            "limits::what_is_freed_where_no_mapping_is_left_is_out_of_reach_and_goes_back_later",
        ],
    },
    Mutation {
        row: 0,
        what: "nothing is told of a touch of a live block's pages",
        edits: &[edit(
            "heap/touch.rs",
            "if is_live && pages.contains(&touched) {",
            "if is_live && pages.is_empty() {",
        )],
        tests: &["sampling::nothing_is_said_of_live_blocks"],
    },
    Mutation {
        row: 0,
        what: "nothing is told of a touch of a live slot",
        edits: &[edit(
            "heap/touch.rs",
            "if found.is_live() && place.class != ClassId::ZERO {",
            "if found.is_live() && place.class == ClassId::ZERO {",
        )],
        tests: &[
            "sampling::nothing_is_said_of_live_blocks",
            "sampling::a_touch_of_a_block_without_bytes_is_told",
        ],
    },
    Mutation {
        row: 0,
        what: "without a list of mappings nothing is claimed",
        edits: &[edit("report/maps.rs", "was_asked: false }", "was_asked: true }")],
        tests: &[
            "unit::report::tests::where_there_is_no_list_nothing_is_known",
            "faults::invalid::on_the_stack_where_no_file_can_be_opened",
        ],
    },
    Mutation {
        row: 0,
        what: "all samples that are due are of the class that made them so",
        edits: &[edit("sample/due.rs", "    while now <= 0 {", "    if now <= 0 {")],
        tests: &["sampling::a_profile_counts_what_stays_among_what_goes"],
    },
    Mutation {
        row: 0,
        what: "a block that grows meets the limit on memory",
        edits: &[edit(
            "large/resize.rs",
            "if limit::forbids(body_len - extent.body_len) {",
            "if false {",
        )],
        tests: &["faults::switches::the_limit_on_resident_memory_refuses"],
    },
    Mutation {
        row: 11,
        what: "aligned blocks of no bytes are out of reach",
        edits: &[edit("heap/allocate.rs", "if size.get() == 0 {", "if false && size.get() == 0 {")],
        tests: &["faults::zero_size::neither_read_nor_written"],
    },
    Mutation {
        row: 15,
        what: "a child takes from its stock in an order of its own",
        edits: &[edit(
            "central/stock.rs",
            "if record.stock_fork == fork {",
            "if true || record.stock_fork == fork {",
        )],
        tests: &["faults::chance::parent_and_child_draw_different_addresses"],
    },
];
