//! What valid calls are answered, and the structures that the answers come from: row 0, for no misuse is
//! among it.

use crate::table::{Mutation, edit};

const ABI: &str = "abi/c.rs";
const FREE: &str = "heap/free.rs";
const REALLOC: &str = "heap/realloc.rs";
const SLOW: &str = "heap/slow.rs";
const LIFE: &str = "slot/life.rs";
const SIZE: &str = "base/size.rs";

pub(crate) const MUTATIONS: &[Mutation] = &[
    Mutation {
        row: 0,
        what: "a class holds the request and the canary",
        edits: &[
            edit(
                "geometry/classes.rs",
                "Some(holding(bytes + CANARY_BYTES))",
                "Some(holding(bytes))",
            ),
            edit(
                "geometry/classes.rs",
                "let row = (bytes + CANARY_BYTES).div_ceil(16);",
                "let row = bytes.div_ceil(16);",
            ),
        ],
        tests: &[
            "api::every_size",
            "unit::geometry::classes::tests::every_request_gets_the_least_class_that_holds_it",
        ],
    },
    Mutation {
        row: 0,
        what: "a free of NULL does nothing",
        edits: &[edit(SLOW, "    if address == Addr::NULL {\n        return;\n    }\n", "")],
        tests: &["api::free_of_null"],
    },
    Mutation {
        row: 0,
        what: "realloc of NULL is malloc",
        edits: &[edit(
            ABI,
            "    if at.is_null() {\n        return allocate::allocate(bytes, Kind::Malloc);",
            "    if at.is_null() {\n        return Addr::NULL;",
        )],
        tests: &["api::realloc_outcomes"],
    },
    Mutation {
        row: 0,
        what: "realloc stays only where the request fits",
        edits: &[edit(
            REALLOC,
            "    size <= usable\n        && classes::records(place.class, size)\n",
            "    size <= usable + 8\n",
        )],
        tests: &["api::realloc_contents"],
    },
    Mutation {
        row: 0,
        what: "realloc copies all that fits",
        edits: &[edit(
            REALLOC,
            "bytes::copy(address, new, old.requested().min(size.get()));",
            "bytes::copy(address, new, old.requested().min(size.get()) - 1);",
        )],
        tests: &["fuzz::sequences", "api::realloc_contents", "model::small_churn"],
    },
    Mutation {
        row: 0,
        what: "a realloc that is refused leaves the old block",
        edits: &[edit(
            REALLOC,
            "    if new == Addr::NULL {\n        return new;\n    }\n",
            "    if new == Addr::NULL {\n        old.retire();\n        enqueue(place);\n        return new;\n    }\n",
        )],
        tests: &["api::realloc_outcomes"],
    },
    Mutation {
        row: 0,
        what: "what realloc moved away from is freed",
        edits: &[edit(
            REALLOC,
            "        old.retire();\n    }\n    enqueue(place);\n",
            "        let _ = place;\n    }\n",
        )],
        tests: &["api::realloc_outcomes"],
    },
    Mutation {
        row: 0,
        what: "realloc to nothing frees",
        edits: &[edit(
            ABI,
            "release::free_any(Addr::of(at), Claim { operation: Operation::Realloc, ..Claim::FREE });\n",
            "",
        )],
        tests: &["api::realloc_outcomes"],
    },
    Mutation {
        row: 0,
        what: "the usable size is what was asked for",
        edits: &[edit(
            REALLOC,
            "Ok(checked) => checked.requested(),",
            "Ok(checked) => checked.requested() + 1,",
        )],
        tests: &["api::usable_size", "model::small_churn"],
    },
    Mutation {
        row: 0,
        what: "the usable size of a large block is what was asked for",
        edits: &[edit(
            REALLOC,
            "Ok(Some((extent, _))) => extent.size,",
            "Ok(Some((extent, _))) => extent.body_len,",
        )],
        tests: &["api::usable_size"],
    },
    Mutation {
        row: 0,
        what: "a block that was resized has its new size",
        edits: &[edit(
            LIFE,
            "        self.slot.store(State::live(kind, self.slot.usable.saturating_sub(new_size)));\n",
            "        let _ = kind;\n",
        )],
        tests: &["api::c23_frees_take_the_right_sizes_and_null", "model::mixed_in_turns"],
    },
    Mutation {
        row: 0,
        what: "a block that shrinks leaves zeros",
        edits: &[edit(
            LIFE,
            "            bytes::fill(self.slot.at.plus(new_size), 0, self.requested() - new_size);\n",
            "",
        )],
        tests: &["api::realloc_contents"],
    },
    Mutation {
        row: 0,
        what: "the product of calloc is checked",
        edits: &[edit(
            SIZE,
            "match count.checked_mul(each) {\n            Some(bytes) => Self::new(bytes),\n            None => None,\n        }",
            "Self::new(count.wrapping_mul(each))",
        )],
        tests: &["api::products"],
    },
    Mutation {
        row: 0,
        what: "no request is longer than PTRDIFF_MAX",
        edits: &[edit(
            SIZE,
            "if bytes <= SIZE_LIMIT { Some(Self(bytes)) } else { None }",
            "Some(Self(bytes))",
        )],
        // The whole refuses them once more, for want of address space.
        tests: &["unit::base::size::tests::sizes_above_the_limit_are_refused"],
    },
    Mutation {
        row: 0,
        what: "a large block starts at a multiple of its alignment",
        edits: &[edit(
            "large/mapping.rs",
            "body.plus(body_len - size).align_down(align.get())",
            "body.plus(body_len - size)",
        )],
        tests: &["api::every_size", "api::default_alignment", "api::alignments"],
    },
    Mutation {
        row: 0,
        what: "an alignment asked for is a power of two",
        edits: &[edit(SIZE, "if !bytes.is_power_of_two() {", "if bytes == 0 {")],
        tests: &[
            "api::bad_alignments",
            "unit::base::size::tests::every_number_is_an_alignment_or_is_refused",
        ],
    },
    Mutation {
        row: 0,
        what: "the slot of an aligned block is a multiple of its alignment",
        edits: &[edit(
            "geometry/classes.rs",
            ".find(|class| slot_size(*class).is_multiple_of(align.get()))",
            ".next()",
        )],
        tests: &[
            "api::alignments",
            "unit::geometry::classes::tests::aligned_requests_get_the_least_slot_that_keeps_the_alignment",
        ],
    },
    Mutation {
        row: 0,
        what: "errno says that there is no memory",
        edits: &[edit(SLOW, "    errno::set(errno::ENOMEM);\n", "")],
        tests: &["api::too_large"],
    },
    Mutation {
        row: 0,
        what: "free leaves errno",
        edits: &[edit(
            "region/mappings.rs",
            "len == 0 || memory::protect(at, len, Access::None).is_ok()",
            "crate::platform::errno::set(1);\n    len == 0 || memory::protect(at, len, Access::None).is_ok()",
        )],
        tests: &["api::errno_kept"],
    },
    Mutation {
        row: 0,
        what: "a span that is used up is no reason to refuse",
        edits: &[edit(
            SLOW,
            "    if let Some(address) = spill(wanted) {\n        return address;\n    }\n",
            "    if true {\n        return refuse();\n    }\n",
        )],
        tests: &["limits::a_used_up_span_is_no_reason_to_refuse"],
    },
    Mutation {
        row: 0,
        what: "what lies idle is given up before a refusal",
        edits: &[
            edit(SLOW, "let found = give_up_what_is_idle().then(||", "let found = false.then(||"),
            edit(
                SLOW,
                "map(request).or_else(|| give_up_for(size).then",
                "map(request).or_else(|| (false && give_up_for(size)).then",
            ),
        ],
        tests: &["limits::a_limit_on_data_is_a_refusal"],
    },
    Mutation {
        row: 0,
        what: "posix_memalign leaves errno",
        edits: &[edit(ABI, "        errno::set(before);\n", "        let _ = before;\n")],
        tests: &["model::mixed_in_turns"],
    },
    Mutation {
        row: 0,
        what: "bytes of large blocks are counted off",
        edits: &[edit(
            "large/table.rs",
            "            self.live_bytes = self.live_bytes.saturating_sub(extent.size);\n",
            "",
        )],
        tests: &["api::statistics"],
    },
    Mutation {
        row: 0,
        what: "there is a row for each large block",
        edits: &[
            edit(
                "large/table.rs",
                "let fits = index < sealed().layout.large_rows;",
                "let fits = index < sealed().layout.large_rows * 2;",
            ),
            edit(
                "region/tables.rs",
                "if index >= sealed().layout.large_rows {",
                "if index >= sealed().layout.large_rows * 2 {",
            ),
        ],
        tests: &["limits::large_blocks_are_as_many_as_there_are_rows"],
    },
    Mutation {
        row: 0,
        what: "a slot that was not wiped is wiped when it is handed out",
        edits: &[edit(
            "slot/life/chosen.rs",
            "                    bytes::zero(self.at, self.usable);\n",
            "",
        )],
        tests: &["faults::protections::without_zero_on_free_contents_stay_until_reuse"],
    },
    Mutation {
        row: 0,
        what: "the canary where a small slot is freed in line",
        edits: &[edit(
            LIFE,
            "let canary = canary_of(self.at);\n        bytes::wipe",
            "let canary = bytes::load(self.at.plus(self.usable));\n        bytes::wipe",
        )],
        tests: &["faults::overflow::a_canary_is_looked_at_on_every_path"],
    },
    Mutation {
        row: 0,
        what: "the canary where a longer slot is freed",
        edits: &[edit(
            LIFE,
            "            && bytes::load(end) == canary_of(self.at)\n            && slack",
            "            && slack",
        )],
        tests: &["faults::overflow::a_canary_is_looked_at_on_every_path"],
    },
    Mutation {
        row: 0,
        what: "the canary where other functions look",
        edits: &[edit(
            LIFE,
            "if bytes::load(end) != canary_of(self.at) {\n            return Err(Flaw::Canary);",
            "if false {\n            return Err(Flaw::Canary);",
        )],
        tests: &["faults::overflow::a_canary_is_looked_at_on_every_path"],
    },
    Mutation {
        row: 0,
        what: "a slot whose free is refused leaves the line again",
        edits: &[edit(
            FREE,
            "    quarantine::withdraw(current.class(sealed().spans.class_at(address)).0);\n",
            "",
        )],
        tests: &["faults::options::a_refused_free_changes_nothing"],
    },
    Mutation {
        row: 0,
        what: "a thread that has no cache any more is served",
        edits: &[edit(
            SLOW,
            "    if !start::is_done() {\n        return refuse();\n    }\n    match take_one",
            "    if start::is_done() {\n        return refuse();\n    }\n    match take_one",
        )],
        tests: &["process_life::key_destructors_may_allocate"],
    },
    Mutation {
        row: 0,
        what: "what a thread has goes home when it ends",
        edits: &[edit(
            "heap/thread.rs",
            "    hooks::create_exit_key(leave);\n",
            "    let _ = leave;\n",
        )],
        tests: &[
            "process_life::a_hundred_thousand_threads_leave_nothing_behind",
            "soak::memory_and_mappings_stay_bounded",
        ],
    },
    Mutation {
        row: 0,
        what: "a cache goes home before libc's last round of destructors",
        edits: &[edit(
            "heap/thread.rs",
            "const LAST_ROUND: u32 = 1;",
            "const LAST_ROUND: u32 = 3;",
        )],
        tests: &["process_life::a_thread_that_calls_late_leaves_no_cache_behind"],
    },
    Mutation {
        row: 0,
        what: "who only freed a little has no cache of its own",
        edits: &[edit("heap/thread.rs", "    if frees < phase::LENT {", "    if false {")],
        tests: &["process_life::a_thread_that_calls_late_leaves_no_cache_behind"],
    },
    Mutation {
        row: 0,
        what: "who asks for far too much does not empty the quarantine",
        edits: &[edit(
            "heap/slow.rs",
            "if size.get() / HOPELESS > trim::open_bytes() {",
            "if size.get() / HOPELESS > usize::MAX {",
        )],
        tests: &["faults::chance::a_refused_request_leaves_the_quarantine"],
    },
    Mutation {
        row: 0,
        what: "blocks are dumped",
        edits: &[edit("region/pages.rs", "let _ = memory::show_in_dumps(from, len);", "")],
        tests: &["process_life::dumps_hold_blocks_and_nothing_that_is_only_reserved"],
    },
    Mutation {
        row: 0,
        what: "what is only reserved is not dumped",
        edits: &[edit("region/pages.rs", "let _ = memory::leave_out_of_dumps(at, len);", "")],
        tests: &["process_life::dumps_hold_blocks_and_nothing_that_is_only_reserved"],
    },
    Mutation {
        row: 0,
        what: "what an ended thread freed goes among all that are free",
        edits: &[edit("cache/exchange.rs", "Batch::for_slabs(class)", "Batch::new(class)")],
        tests: &["faults::chance::what_a_thread_freed_comes_in_no_order"],
    },
    Mutation {
        row: 0,
        what: "what busy threads had goes home in a forked child",
        edits: &[edit(
            "cache/pool.rs",
            "owned == 1 && since != generation",
            "owned == 2 && since != generation",
        )],
        tests: &["process_life::what_busy_threads_had_is_not_lost_to_a_chain_of_forks"],
    },
    Mutation {
        row: 0,
        what: "a fork waits for who holds a lock",
        edits: &[edit(
            "heap/fork.rs",
            "    HELD.store(!alone, Ordering::Relaxed);\n    if !alone {",
            "    HELD.store(false, Ordering::Relaxed);\n    if !alone && false {",
        )],
        tests: &["process_life::fork_beside_busy_threads_never_hangs"],
    },
    Mutation {
        row: 0,
        what: "slots of other arenas go home",
        edits: &[edit(
            "cache/exchange.rs",
            "                leaving.note(foreign::add(&mut cache.foreign, &mut cache.foreign_len, place));\n",
            "",
        )],
        tests: &[
            "process_life::blocks_freed_by_other_threads_come_home",
            "soak::memory_and_mappings_stay_bounded",
        ],
    },
    Mutation {
        row: 0,
        what: "each thread has a cache of its own",
        edits: &[edit(
            "cache/pool.rs",
            "        pool.made += 1;",
            "        pool.made = (pool.made + 1) % 16;",
        )],
        tests: &["process_life::three_hundred_threads_live_at_once"],
    },
    Mutation {
        row: 0,
        what: "pages of large blocks that cannot be opened are not handed out",
        edits: &[edit(
            "large/allocate.rs",
            "let opened = mappings::open(extent.body(), body_len);",
            "let opened = mappings::open(extent.body(), body_len) || true;",
        )],
        tests: &[
            "limits::mappings_may_run_out_while_threads_allocate",
            "limits::a_limit_on_data_may_fall_while_a_program_runs",
        ],
    },
    Mutation {
        row: 0,
        what: "no system call but the documented ones",
        edits: &[edit(
            "large/free.rs",
            "    let now = clock::coarse_ms();\n    let written",
            "    let _ = crate::platform::entropy::seed();\n    \
             let now = clock::coarse_ms();\n    let written",
        )],
        tests: &["seccomp::one_thread_survives_the_filter"],
    },
    Mutation {
        row: 0,
        what: "no clock that reads the time stamp",
        edits: &[edit("platform/clock.rs", "CLOCK_MONOTONIC_COARSE,", "CLOCK_MONOTONIC,")],
        tests: &["seccomp::a_program_may_forbid_the_time_stamp"],
    },
    Mutation {
        row: 0,
        what: "a move that failed is none",
        edits: &[edit(
            "large/resize.rs",
            "Move::Refused => Moved::Not,",
            "Move::Refused => Moved::Open(body_len),",
        )],
        tests: &["inject::mremap_may_fail"],
    },
    Mutation {
        row: 0,
        what: "pages that cannot be opened are not handed out",
        edits: &[edit(
            "region/pages.rs",
            "let opened = memory::protect(from, len, Access::ReadWrite).is_ok();",
            "let opened = memory::protect(from, len, Access::ReadWrite).is_ok() || true;",
        )],
        tests: &["inject::mprotect_may_fail"],
    },
    Mutation {
        row: 0,
        what: "pages that wait are dropped by a new mapping",
        edits: &[edit(
            "large/free.rs",
            "mappings::replace(old.pages(), old.pages_len());\n        given",
            "crate::region::pages::purge(old.pages(), old.pages_end());\n        given",
        )],
        tests: &["inject::a_purge_that_does_nothing_shows_nobody_the_bytes_of_others"],
    },
    Mutation {
        row: 0,
        what: "a look at idle memory that is far away is not waited for",
        edits: &[edit(
            "cache/trim.rs",
            "if now < due && due - now <= period.max(SOON_MS) {",
            "if now < due {",
        )],
        tests: &["limits::the_clock_may_go_back_or_stand_still_or_jump_ahead"],
    },
];
