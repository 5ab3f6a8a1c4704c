//! What keeps a valid program from being told that it is at fault while its threads change what is
//! looked at: row 0, for it is none of misuse.

use crate::table::{Mutation, edit};

pub(crate) const MUTATIONS: &[Mutation] = &[
    Mutation {
        row: 0,
        what: "slots are known as purged before their pages go",
        edits: &[edit(
            "central/purge.rs",
            "    // The states go first:",
            "    pages::purge(span.plus(from), span.plus(to));\n    // The states go first:",
        )],
        tests: &["limits::threads_may_trim_while_memory_runs_out"],
    },
    Mutation {
        row: 0,
        what: "holes are looked for",
        edits: &[edit(
            "cache/trim.rs",
            "    mut slabs: Range<u32>,\n    left: &mut usize,\n) -> Result<(), Trouble> {",
            "    mut slabs: Range<u32>,\n    left: &mut usize,\n) -> Result<(), Trouble> {\n    slabs = 0..0;",
        )],
        tests: &["limits::memory_between_survivors_returns_too"],
    },
    Mutation {
        row: 0,
        what: "a sweep looks again before it reports",
        edits: &[edit(
            "heap/sweep.rs",
            "again.all(|seen| seen == (Some(flaw), state)).then_some(flaw)",
            "again.any(|_| true).then_some(flaw)",
        )],
        tests: &["process_life::a_process_may_end_while_its_threads_are_busy"],
    },
    Mutation {
        row: 0,
        what: "large blocks count idle time too",
        edits: &[edit("heap/slow.rs", "let ticked = exchange::tick();", "let ticked = Ok(());")],
        tests: &["limits::memory_returns_to_a_program_that_works_with_large_blocks_only"],
    },
    Mutation {
        row: 0,
        what: "hooks of others find memory while locks are held for a fork",
        edits: &[edit(
            "platform/lock.rs",
            "if !is_ours || self.for_fork",
            "if !(is_ours && false) || self.for_fork",
        )],
        tests: &["linking::hooks_of_shared_objects_find_memory_in_the_program"],
    },
];
