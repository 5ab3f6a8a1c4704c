//! The whole allocator: routes each request, starts up, follows threads and forks, adds it all up.
//!
//! Lock order: start, pool, central records by (arena, class), large table, samples. Nothing below takes a
//! lock that stands before one it holds, and none is held when a fault is reported but start, if there is no
//! address space at all.
#![forbid(unsafe_code)]

pub(crate) mod allocate;
mod announce;
mod careful;
pub(crate) mod fault;
pub(crate) mod figures;
pub(crate) mod fork;
pub(crate) mod free;
pub(crate) mod realloc;
pub(crate) mod sampling;
pub(crate) mod slow;
pub(crate) mod start;
pub(crate) mod statistics;
pub(crate) mod sweep;
pub(crate) mod thread;
pub(crate) mod touch;
mod unknown;
pub(crate) mod zero;
