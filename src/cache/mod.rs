//! One thread's cache: per class a magazine of slots to hand out and a quarantine of freed ones.
//!
//! The hot path takes no lock and makes no atomic read-modify-write; whatever it cannot do at once
//! goes through `exchange`, which moves batches between the cache and the central records.
#![forbid(unsafe_code)]

pub(crate) mod direct;
pub(crate) mod exchange;
pub(crate) mod foreign;
pub(crate) mod held;
pub(crate) mod magazine;
pub(crate) mod parked;
pub(crate) mod pool;
pub(crate) mod quarantine;
pub(crate) mod retire;
pub(crate) mod shape;
pub(crate) mod trim;
