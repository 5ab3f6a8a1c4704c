//! The only callers of libc and the kernel. Every wrapper checks, converts and says what it needs.
//!
//! System calls are made directly wherever the allocator goes on afterwards, so that `errno` is not touched
//! and no other preloaded library can be re-entered from inside the allocator.
#![allow(unsafe_code, reason = "this layer is where the kernel and libc are called")]

pub(crate) mod abort;
pub(crate) mod clock;
pub(crate) mod cpu;
pub(crate) mod entropy;
pub(crate) mod environment;
pub(crate) mod errno;
pub(crate) mod file;
pub(crate) mod hooks;
pub(crate) mod image;
pub(crate) mod lock;
pub(crate) mod memory;
pub(crate) mod output;
pub(crate) mod process;
#[cfg_attr(target_arch = "aarch64", path = "aarch64/mod.rs")]
#[cfg_attr(target_arch = "x86_64", path = "x86_64/mod.rs")]
mod processor;
pub(crate) mod replaced;
pub(crate) mod signals;
pub(crate) mod stdio;
pub(crate) mod symbols;
pub(crate) mod syscall;
pub(crate) mod thread;
pub(crate) mod threads;
pub(crate) mod unwind;
