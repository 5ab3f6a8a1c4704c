//! Large allocations, each in a mapping of its own between guards, kept in an address tree.
//!
//! A freed one becomes inaccessible at once and is retained for a while: use after free faults,
//! a second free is found in the tree, and reusing the range costs no page faults.
#![forbid(unsafe_code)]

pub(crate) mod allocate;
mod blank;
pub(crate) mod extent;
pub(crate) mod frames;
pub(crate) mod free;
pub(crate) mod mapping;
pub(crate) mod pace;
pub(crate) mod resize;
pub(crate) mod retained;
pub(crate) mod stash;
mod stranded;
pub(crate) mod table;
pub(crate) mod tree;
mod waiting;
