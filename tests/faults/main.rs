//! Misuse, one program each, at sizes of every kind: the library notices it, says exactly
//! what it was, and stops with SIGABRT; or a guard stops the program at once.
//!
//! Every program prints the address that it is going to misuse, so that a report must name
//! that address and no other. What each must be caught for:
//!
//! | misuse or property | tests |
//! |---|---|
//! | a block freed twice: by one thread, by others, in turn, in a child | `double_free` |
//! | a block freed by two threads at the same moment | `races` |
//! | pointers that are no block of ours, or no start of one | `invalid` |
//! | functions called with a freed block | `freed` |
//! | bytes past a request, past a slot, and before either | `overflow`, `underflow` |
//! | memory written, or read, after it was freed | `after_free` |
//! | a wrong size or alignment stated; families of functions mixed | `claims` |
//! | damage that another thread finds | `threads` |
//! | zero-size blocks | `zero_size` |
//! | what was decided at start | `sealed` |
//! | guards: overflows that run on, large blocks | `guards` |
//! | the allocator's own records | `records` |
//! | which address comes next, and when one comes again | `chance` |
//! | that every kind of fault has a test and an entry in the document | `kinds` |
//! | the report itself; handlers of SIGABRT | `reports` |
//! | where options come from, and which counts | `sources` |
//! | how a report leaves the process; debuggers; privileged programs | `delivery` |
//! | the caller and the stack that a report names | `stacks` |
//! | options that change what is caught | `options`, `protections`, `switches` |
//!
//! A fork in a signal handler that interrupted malloc is a test of `process_life`.
//!
//! `compare` runs the same programs under other allocators and prints a table; `levels` prints what
//! the levels of protection differ in.
#![allow(clippy::panic, clippy::expect_used, reason = "helpers of tests fail by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod after_free;
mod chance;
mod claims;
mod compare;
mod delivery;
mod double_free;
mod freed;
mod guards;
mod invalid;
mod kinds;
mod levels;
mod misuse;
mod options;
mod overflow;
mod protections;
mod races;
mod records;
mod reports;
mod sealed;
mod sizes;
mod sources;
mod stacks;
mod switches;
mod threads;
mod underflow;
mod unused;
mod zero_size;
