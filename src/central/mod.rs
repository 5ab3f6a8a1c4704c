//! The record of one (arena, class): slabs, refill, flush, growth, purge. Its lock is the caller's.
#![forbid(unsafe_code)]

pub(crate) mod grow;
pub(crate) mod holes;
pub(crate) mod purge;
pub(crate) mod retract;
pub(crate) mod slab;
pub(crate) mod stock;
pub(crate) mod store;
