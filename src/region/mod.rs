//! Reserved address space made typed: the data region, the metadata region and its rows, and the
//! one file that touches callers' memory.
//!
//! Upper layers get safe functions over typed indices; the invariants that make them sound are
//! named in each file.
#![allow(unsafe_code, reason = "typed access to the two reserved regions is made here")]

pub(crate) mod bytes;
pub(crate) mod chunks;
pub(crate) mod current;
#[cfg(all(test, any(loom, shuttle, threads)))]
pub(crate) mod explored;
pub(crate) mod footprint;
pub(crate) mod limit;
pub(crate) mod mappings;
pub(crate) mod pages;
pub(crate) mod rows;
pub(crate) mod samples;
pub(crate) mod sealed;
pub(crate) mod span;
pub(crate) mod start;
pub(crate) mod tables;
pub(crate) mod tuning;
