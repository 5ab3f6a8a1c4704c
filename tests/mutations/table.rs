//! The checks, by the row of the list of misuse in docs/security.md (0 for what is in no row), how each
//! is taken out, and the tests that must then fail.

use crate::{alarms, answers, contents, frees, orders, places, structures};

/// One place of the source, relative to `src`, and what stands there instead.
pub(crate) struct Edit {
    pub(crate) file: &'static str,
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
}

/// One check taken out.
pub(crate) struct Mutation {
    pub(crate) row: u32,
    pub(crate) what: &'static str,
    pub(crate) edits: &'static [Edit],
    pub(crate) tests: &'static [&'static str],
}

pub(crate) const fn edit(file: &'static str, from: &'static str, to: &'static str) -> Edit {
    Edit { file, from, to }
}

/// All of them.
pub(crate) fn mutations() -> impl Iterator<Item = &'static Mutation> {
    of_misuse().chain([answers::MUTATIONS, structures::MUTATIONS].into_iter().flatten())
}

/// Those that are of misuse, and of orders, in the order of the files that hold them.
pub(crate) fn of_misuse() -> impl Iterator<Item = &'static Mutation> {
    [frees::MUTATIONS, contents::MUTATIONS, places::MUTATIONS, alarms::MUTATIONS, orders::MUTATIONS]
        .into_iter()
        .flatten()
}
