//! One thread's cache: per class a magazine of slots to hand out and a quarantine of freed ones.
//!
//! The hot paths take the magazine's last slot and append to the quarantine: no lock, no atomic
//! read-modify-write, no random draw. The randomness is put in by the batches that `exchange` moves:
//! what leaves a quarantine leaves it in random order, and what comes from the central records is shuffled.
#![forbid(unsafe_code)]

use crate::base::index::Place;
use crate::slot::life::Flaw;

pub(crate) mod arenas;
mod batch;
pub(crate) mod direct;
pub(crate) mod exchange;
pub(crate) mod foreign;
pub(crate) mod held;
pub(crate) mod magazine;
pub(crate) mod parked;
pub(crate) mod pool;
pub(crate) mod quarantine;
pub(crate) mod shape;
mod sight;
pub(crate) mod trim;
pub(crate) mod troubles;

/// A slot that turned out wrong on its way between caches and records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Trouble {
    /// What is wrong.
    pub(crate) flaw: Flaw,
    /// With which slot.
    pub(crate) place: Place,
}
