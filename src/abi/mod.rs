//! The exported names. Each function translates between C and the heap, nothing more; nothing inside
//! the library calls them, for such a call would go through the symbol table and could be taken by
//! another library.
//!
//! All of them may be called from any thread at any time, from the first instruction of the process
//! on. As in libc, none is async-signal-safe; a handler that allocates all the same gets memory, or
//! NULL, from a slower path.
#![allow(unsafe_code, reason = "symbols are exported and callers' pointers received here")]

mod aliases;
mod c;
mod cxx;
mod extensions;
mod gnu;
mod loading;
mod outcome;
#[cfg_attr(target_arch = "aarch64", path = "aarch64.rs")]
#[cfg_attr(target_arch = "x86_64", path = "x86_64.rs")]
mod processor;
