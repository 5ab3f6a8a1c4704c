//! What is written in instructions, for x86-64.

pub(super) mod link;
pub(super) mod registers;
pub(super) mod syscall;
pub(super) mod words;
