//! Sampled allocations: which ones, and who allocated and freed them.
//!
//! A sample is drawn when a magazine is refilled, so that the hot paths know nothing of it, and gets a
//! mapping of its own from `large`. What is known of it is kept here, by address.
#![forbid(unsafe_code)]

pub(crate) mod due;
pub(crate) mod profile;
pub(crate) mod record;
pub(crate) mod trace;
