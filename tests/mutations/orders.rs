//! What only some orders of several threads' steps show: orderings weakened, and steps exchanged or left
//! out. The models of `cargo test --lib interleavings` must find them.

use crate::table::{Mutation, edit};

const LIFE: &str = "slot/life.rs";
const IDLE: &str = "slot/life/idle.rs";
const LOCK: &str = "platform/lock.rs";
const START: &str = "heap/start.rs";
const PARKED: &str = "cache/parked.rs";
const PURGE: &str = "central/purge.rs";

/// What the name of a unit test begins with.
pub(crate) const UNIT: &str = "unit";
/// What the name of a fuzz target begins with.
pub(crate) const FUZZ: &str = "fuzz";
/// The name of what needs no library begins with one of these: the checker that runs it, if there is one.
pub(crate) const CHECKERS: [&str; 4] = [UNIT, "loom", "shuttle", FUZZ];

pub(crate) const MUTATIONS: &[Mutation] = &[
    Mutation {
        row: 0,
        what: "slabs are linked both ways",
        edits: &[edit("central/slab.rs", "after.previous = slab.previous;", "after.previous = 0;")],
        tests: &["loom::central::slab::interleavings::each_slab_is_in_the_list_that_it_belongs_to"],
    },
    Mutation {
        row: 0,
        what: "slabs are listed by how full they are",
        edits: &[edit(
            "central/slab.rs",
            "((SLAB_SLOTS - out) as usize - 1) / 16",
            "((SLAB_SLOTS - out) as usize - 1) / 15",
        )],
        tests: &["loom::central::slab::interleavings::each_slab_is_in_the_list_that_it_belongs_to"],
    },
    Mutation {
        row: 0,
        what: "what a thread has of other arenas goes home at its end",
        edits: &[edit(
            "cache/exchange.rs",
            "let mut result = foreign::send_home(&mut cache.foreign, &mut cache.foreign_len);",
            "let mut result = Ok(());",
        )],
        tests: &["loom::cache::exchange::interleavings::what_waits_goes_home"],
    },
    Mutation {
        row: 0,
        what: "what is parked goes home with a tick",
        edits: &[edit(
            "cache/trim.rs",
            "take_parked_home()?;\n    footprint::forget();",
            "footprint::forget();",
        )],
        tests: &["loom::cache::exchange::interleavings::what_waits_goes_home"],
    },
    Mutation {
        row: 0,
        what: "order: what leaves a magazine is out of sight of a fork",
        edits: &[edit(
            "cache/magazine.rs",
            "let len = sight::hide(&mut part.magazine_len);\n    let magazine",
            "let len = part.magazine_len;\n    let magazine",
        )],
        tests: &["shuttle::heap::fork::interleavings::a_child_of_a_busy_parent_is_whole"],
    },
    Mutation {
        row: 0,
        what: "order: of a fork's orphan only what is freed goes home",
        edits: &[edit("cache/exchange.rs", "Err(_) => {}\n", "Err(_) => leaving.add(slot),\n")],
        tests: &["loom::heap::fork::interleavings::a_child_has_each_slot_once"],
    },
    Mutation {
        row: 0,
        what: "where a move failed nothing is given back",
        edits: &[edit("large/resize.rs", "Moved::Hole => all,", "Moved::Hole => 0,")],
        tests: &["loom::large::table::interleavings::a_move_that_fails_gives_no_range_away"],
    },
    Mutation {
        row: 0,
        what: "each owner of a cache has a key of its own",
        edits: &[edit(
            "cache/pool.rs",
            "    cache.generator.rekey(fresh_key(&mut pool.generator));\n    THREADS",
            "    if !is_spare && kept.is_none() {\n        \
             cache.generator.rekey(fresh_key(&mut pool.generator));\n    }\n    THREADS",
        )],
        tests: &["loom::cache::pool::interleavings::each_owner_of_a_cache_draws_anew"],
    },
    Mutation {
        row: 0,
        what: "a cache that is emptied is within its budget",
        edits: &[edit("cache/exchange.rs", "    cache.held_bytes = 0;\n    result", "    result")],
        tests: &["loom::cache::exchange::interleavings::what_waits_goes_home"],
    },
    Mutation {
        row: 0,
        what: "no seed of a child stays in the parent",
        edits: &[edit(
            "heap/fork.rs",
            "        for word in &CHILD_SEED {\n            word.store(0, Ordering::Relaxed);\n        }\n",
            "",
        )],
        tests: &["loom::heap::fork::interleavings::each_of_two_forks_has_a_seed"],
    },
    Mutation {
        row: 0,
        what: "a fork holds the table of large blocks",
        edits: &[edit("heap/fork.rs", "&& large::table::hold_for_fork()\n", "\n")],
        tests: &["loom::heap::fork::interleavings::each_of_two_forks_has_a_seed"],
    },
    Mutation {
        row: 0,
        what: "a fork holds the records of samples",
        edits: &[
            edit("heap/fork.rs", "\n        && record::hold_for_fork();", ";"),
            edit("heap/fork.rs", "    record::let_go_after_fork();\n", ""),
        ],
        tests: &["loom::heap::fork::interleavings::each_of_two_forks_has_a_seed"],
    },
    Mutation {
        row: 0,
        what: "order: a lock is opened with Release",
        edits: &[edit(LOCK, "swap(FREE, Ordering::Release)", "swap(FREE, Ordering::Relaxed)")],
        tests: &["loom::platform::lock::interleavings::two_threads_wait_for_one_another"],
    },
    Mutation {
        row: 0,
        what: "order: a lock is taken with Acquire",
        edits: &[edit(
            LOCK,
            "holder_bits(), Ordering::Acquire,",
            "holder_bits(), Ordering::Relaxed,",
        )],
        tests: &["loom::platform::lock::interleavings::two_threads_wait_for_one_another"],
    },
    Mutation {
        row: 0,
        what: "order: a lock is taken with Acquire after a sleep",
        edits: &[edit(
            LOCK,
            "seen, wanted, Ordering::Acquire,",
            "seen, wanted, Ordering::Relaxed,",
        )],
        tests: &["loom::platform::lock::interleavings::two_threads_wait_for_one_another"],
    },
    Mutation {
        row: 0,
        what: "order: who slept wakes the next one",
        edits: &[edit(LOCK, "{ me | WAITERS }", "{ me }")],
        tests: &["loom::platform::lock::interleavings::three_threads_wait_for_one_another"],
    },
    Mutation {
        row: 0,
        what: "order: who opens a lock wakes somebody",
        edits: &[edit(LOCK, "& WAITERS != 0 {", "& WAITERS == 1 {")],
        tests: &["loom::platform::lock::interleavings::two_threads_wait_for_one_another"],
    },
    Mutation {
        row: 0,
        what: "order: a second lock is given up",
        edits: &[edit(
            LOCK,
            "None => self.acquire_slowly(Wait::Short)",
            "None => self.acquire_slowly(Wait::Long)",
        )],
        tests: &["loom::platform::lock::interleavings::two_locks_crosswise_do_not_hang"],
    },
    Mutation {
        row: 0,
        what: "order: start-up is told with Release",
        edits: &[edit(
            START,
            "PROGRESS.store(progress, Ordering::Release)",
            "PROGRESS.store(progress, Ordering::Relaxed)",
        )],
        tests: &["loom::heap::start::interleavings::the_first_call_is_made_once"],
    },
    Mutation {
        row: 0,
        what: "order: start-up is seen with Acquire",
        edits: &[edit(
            START,
            "PROGRESS.load(Ordering::Acquire) == DONE",
            "PROGRESS.load(Ordering::Relaxed) == DONE",
        )],
        tests: &["loom::heap::start::interleavings::the_first_call_is_made_once"],
    },
    Mutation {
        row: 0,
        what: "order: start-up is looked for again under the lock",
        edits: &[edit(START, "if PROGRESS.load(Ordering::Relaxed) == NOT_YET {", "if true {")],
        tests: &["loom::heap::start::interleavings::the_first_call_is_made_once"],
    },
    Mutation {
        row: 0,
        what: "order: a slot leaves quarantine in one step",
        edits: &[edit(
            IDLE,
            "let swapped = cell.compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed);\n    \
             swapped.map(drop).map_err(|_| Flaw::FreedTwice)",
            "if cell.load(Ordering::Acquire) != from {\n        return Err(Flaw::FreedTwice);\n    }\n    \
             cell.store(to, Ordering::Release);\n    Ok(())",
        )],
        tests: &["loom::slot::life::interleavings::of_two_frees_one_gets_through"],
    },
    Mutation {
        row: 0,
        what: "order: the canary comes before the state that promises it",
        edits: &[edit(
            "slot/life/unused.rs",
            "        bytes::touch_in_line(end);\n",
            "        self.store(super::State::FREE);\n        bytes::touch_in_line(end);\n",
        )],
        tests: &["loom::slot::life::interleavings::a_fresh_neighbour_is_handed_out"],
    },
    Mutation {
        row: 0,
        what: "order: a state is stored with Release",
        edits: &[edit(
            LIFE,
            "self.cell.store(state.get(), Ordering::Release)",
            "self.cell.store(state.get(), Ordering::Relaxed)",
        )],
        tests: &["loom::slot::life::interleavings::a_fresh_neighbour_is_handed_out"],
    },
    Mutation {
        row: 0,
        what: "order: the state of a neighbour is loaded with Acquire",
        edits: &[edit(
            LIFE,
            "self.before.load(Ordering::Acquire)",
            "self.before.load(Ordering::Relaxed)",
        )],
        tests: &["loom::slot::life::interleavings::a_fresh_neighbour_is_handed_out"],
    },
    Mutation {
        row: 0,
        what: "order: a neighbour without its canary is looked at again",
        edits: &[edit(LIFE, " && !self.before_changed_under_us()", "")],
        tests: &["loom::cache::trim::interleavings::a_purge_and_a_free_beside_it"],
    },
    Mutation {
        row: 0,
        what: "order: a purge takes the states before the pages",
        edits: &[edit(
            PURGE,
            "    for place in slots.losing(from, to) {",
            "    pages::purge(span.plus(from), span.plus(to));\n    \
             for place in slots.losing(from, to) {",
        )],
        tests: &["loom::cache::trim::interleavings::a_purge_and_a_free_beside_it"],
    },
    Mutation {
        row: 0,
        what: "order: nobody takes from a hole whose pages go",
        edits: &[
            edit("central/holes.rs", "    slab.available = BitWord::default();\n", ""),
            edit(
                "central/holes.rs",
                "slabs.update(number, slab, List::None);",
                "slabs.update(number, slab, { slab.list });",
            ),
        ],
        tests: &["loom::cache::trim::interleavings::a_hole_and_a_use"],
    },
    Mutation {
        row: 0,
        what: "order: a hole counts as out",
        edits: &[edit("central/holes.rs", "    slab.out += slots.count();\n", "")],
        tests: &["loom::cache::trim::interleavings::two_who_drop_holes"],
    },
    Mutation {
        row: 0,
        what: "order: a span is not closed under a purge",
        edits: &[edit(
            "central/retract.rs",
            "if Slabs::new(record, arena, class).any_claimed() {",
            "if false {",
        )],
        tests: &["loom::cache::trim::interleavings::a_purge_and_a_retraction"],
    },
    Mutation {
        row: 0,
        what: "order: nobody takes from a claimed slab",
        edits: &[edit(
            PURGE,
            "slabs.update(number, slab, List::Claimed);",
            "slabs.update(number, slab, slab.list);",
        )],
        tests: &["loom::cache::trim::interleavings::a_purge_and_a_use"],
    },
    Mutation {
        row: 0,
        what: "order: a slot is parked with Release",
        edits: &[edit(
            PARKED,
            "compare_exchange(0, word, Ordering::Release,",
            "compare_exchange(0, word, Ordering::Relaxed,",
        )],
        tests: &["loom::cache::parked::interleavings::no_slot_is_lost_or_doubled"],
    },
    Mutation {
        row: 0,
        what: "order: a parked slot is taken with Acquire",
        edits: &[edit(PARKED, "swap(0, Ordering::Acquire)", "swap(0, Ordering::Relaxed)")],
        tests: &["loom::cache::parked::interleavings::no_slot_is_lost_or_doubled"],
    },
    Mutation {
        row: 0,
        what: "order: a parked slot is taken in one step",
        edits: &[edit(
            PARKED,
            "unpack(space.swap(0, Ordering::Acquire))",
            "unpack((space.load(Ordering::Acquire), space.store(0, Ordering::Relaxed)).0)",
        )],
        tests: &["loom::cache::parked::interleavings::no_slot_is_lost_or_doubled"],
    },
    Mutation {
        row: 0,
        what: "order: a slot is parked in one step",
        edits: &[edit(
            PARKED,
            "space.compare_exchange(0, word, Ordering::Release, Ordering::Relaxed).is_ok()",
            "space.load(Ordering::Relaxed) == 0 && (space.store(word, Ordering::Release), true).1",
        )],
        tests: &["loom::cache::parked::interleavings::no_slot_is_lost_or_doubled"],
    },
    Mutation {
        row: 0,
        what: "order: figures are written behind an odd number",
        edits: &[edit("heap/figures.rs", "    fence(Ordering::SeqCst);\n", "")],
        tests: &["loom::heap::figures::interleavings::what_is_read_belongs_together"],
    },
    Mutation {
        row: 0,
        what: "order: the number after figures is stored with Release",
        edits: &[edit(
            "heap/figures.rs",
            "(before | 1) + 1, Ordering::Release",
            "(before | 1) + 1, Ordering::Relaxed",
        )],
        tests: &["loom::heap::figures::interleavings::what_is_read_belongs_together"],
    },
    Mutation {
        row: 0,
        what: "order: the state of a slot is looked at once for the statistics",
        edits: &[edit(
            "heap/statistics.rs",
            "} else if state.is_free() {",
            "} else if life::state(place).is_free() {",
        )],
        tests: &["loom::heap::statistics::interleavings::each_slot_is_counted_once"],
    },
    Mutation {
        row: 0,
        what: "order: a cache that is given out is counted",
        edits: &[edit("cache/pool.rs", "        pool.made += 1;\n", "        pool.made = 1;\n")],
        tests: &["loom::cache::pool::interleavings::no_cache_has_two_owners"],
    },
    Mutation {
        row: 0,
        what: "order: a cache that was kept is taken over once",
        edits: &[edit(
            "cache/pool.rs",
            "let last = kept.max_by_key(|place| place.map(|kept| kept.since))?.take()?;",
            "let last = (*kept.max_by_key(|place| place.map(|kept| kept.since))?)?;",
        )],
        tests: &["loom::cache::pool::interleavings::a_cache_that_is_kept_has_one_owner_at_most"],
    },
    Mutation {
        row: 0,
        what: "order: what a magazine holds goes home when its thread moves on",
        edits: &[edit(
            "cache/exchange.rs",
            "let flushed = flush_magazines(current);",
            "let flushed = Ok(());",
        )],
        tests: &[
            "loom::cache::exchange::interleavings::a_thread_moves_on_beside_a_remote_free",
            "shuttle::cache::exchange::interleavings::blocks_wander_between_threads",
        ],
    },
    Mutation {
        row: 0,
        what: "order: a large block is looked for again when it is freed",
        edits: &[edit("large/free.rs", "Some(now) if now == extent => {}", "Some(_) => {}")],
        tests: &["loom::large::table::interleavings::of_two_frees_one_is_told"],
    },
    Mutation {
        row: 0,
        what: "order: a range whose pages are dropped does not wait",
        edits: &[
            edit(
                "large/retained.rs",
                ">= age_ms)\n        })?;\n        \
                 let waiting = self.waiting.get_mut(index)?.take()?;",
                ">= age_ms)\n        })?;\n        \
                 let waiting = (*self.waiting.get(index)?)?;\n        \
                 self.waiting.get_mut(index)?.as_mut()?.kept = 0;",
            ),
            edit(
                "large/retained.rs",
                "*place = Some(Waiting::of(old.address, extent, 0, (old.serial, old.freed_at)));",
                "let _ = (place, old, extent);",
            ),
        ],
        tests: &[
            "loom::large::table::interleavings::freed_and_reused_and_given_back",
            "shuttle::large::table::interleavings::blocks_wander_between_threads",
        ],
    },
    Mutation {
        row: 0,
        what: "order: a freed range waits only when it is closed",
        edits: &[
            edit(
                "large/free.rs",
                "table.update(address, Extent { status, ..extent });",
                "table.update(address, Extent { status, ..extent });\n    \
                 let _ = table.retained.add(address, &extent, extent.body_len, 0);",
            ),
            edit("large/free.rs", "table.retained.add(address, &extent, kept, now)", "None"),
        ],
        tests: &["loom::large::table::interleavings::ranges_and_places_change_hands"],
    },
    Mutation {
        row: 0,
        what: "order: a large block that is resized is nobody else's meanwhile",
        edits: &[edit(
            "large/resize.rs",
            "    free::withdraw(address, extent, Status::Held)\n",
            "    free::check(address).map(|_| true)\n",
        )],
        tests: &["loom::large::table::interleavings::of_a_free_and_a_move_one_is_told"],
    },
    Mutation {
        row: 0,
        what: "order: a large block that moves keeps its row",
        edits: &[
            edit(
                "large/resize.rs",
                "let Some((row, _)) = table::lock_again().take_out(address) else {",
                "let Some(_) = table::lock_again().remove(address) else {",
            ),
            edit(
                "large/resize.rs",
                "table::lock_again().enter_in(row, new_key, kept);",
                "table::lock_again().enter(new_key, kept);",
            ),
        ],
        tests: &["loom::large::table::interleavings::a_moving_block_keeps_its_row"],
    },
    Mutation {
        row: 0,
        what: "order: a place of the stash that is emptied is busy",
        edits: &[edit(
            "large/stash.rs",
            "self.bytes -= pages.bytes;\n        self.set(PlaceIndex(index), Place::Busy);",
            "self.bytes = self.bytes.saturating_sub(pages.bytes);",
        )],
        tests: &[
            "loom::large::table::interleavings::freed_and_reused_and_given_back_by_way_of_the_stash",
            "shuttle::large::table::interleavings::blocks_wander_between_threads",
        ],
    },
    Mutation {
        row: 0,
        what: "order: a place of the stash that is filled is busy",
        edits: &[edit(
            "large/stash.rs",
            "        self.set(PlaceIndex(index), Place::Busy);\n        Some(PlaceIndex(index))",
            "        Some(PlaceIndex(index))",
        )],
        tests: &["loom::large::table::interleavings::ranges_and_places_change_hands"],
    },
    Mutation {
        row: 0,
        what: "order: a fork holds the records",
        edits: &[edit("heap/fork.rs", "&& every_record(Lock::hold_for_fork)\n", "\n")],
        tests: &[
            "loom::heap::fork::interleavings::a_child_has_each_slot_once",
            "shuttle::heap::fork::interleavings::a_child_of_a_busy_parent_is_whole",
        ],
    },
    Mutation {
        row: 0,
        what: "order: a fork keeps its seed while it has the locks",
        edits: &[
            edit(
                "heap/fork.rs",
                "    // Without other threads, a lock",
                "    for (word, bytes) in CHILD_SEED.iter().zip(seed.as_chunks::<8>().0) {\n        word.store(u64::from_ne_bytes(*bytes), Ordering::Relaxed);\n    }\n    // Without other threads, a lock",
            ),
            edit(
                "heap/fork.rs",
                "    // Not before: libc",
                "    if HELD.load(Ordering::Relaxed) {\n        return;\n    }\n    // Not before: libc",
            ),
        ],
        tests: &["loom::heap::fork::interleavings::each_of_two_forks_has_a_seed"],
    },
    Mutation {
        row: 0,
        what: "order: a fork holds the pool",
        edits: &[edit("heap/fork.rs", "pool::hold_for_fork()\n        && every", "every")],
        tests: &["loom::heap::fork::interleavings::a_child_has_each_slot_once"],
    },
    Mutation {
        row: 0,
        what: "order: the cache of the thread that forked is no orphan",
        edits: &[edit(
            "cache/pool.rs",
            " && address != SURVIVOR.load(Ordering::Relaxed);",
            " && address != 0;",
        )],
        tests: &["loom::heap::fork::interleavings::a_child_has_each_slot_once"],
    },
];
