//! What is written in instructions, for aarch64.

pub(super) mod link;
pub(super) mod registers;
pub(super) mod syscall;
pub(super) mod words;
