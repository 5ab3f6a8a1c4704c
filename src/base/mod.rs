//! Values and arithmetic: addresses, sizes, indices, bit words, the generator. Knows no state.
#![cfg_attr(not(valgrind), forbid(unsafe_code))]

pub(crate) mod addr;
pub(crate) mod bits;
pub(crate) mod digits;
pub(crate) mod generator;
pub(crate) mod index;
pub(crate) mod size;
pub(crate) mod sync;
