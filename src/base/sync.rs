//! What threads share is made of these. They are the language's own, but where a model checker runs the
//! code in many orders of its threads' steps: there each operation is one of the checker's. With the
//! setting `threads` the same models are run by threads of the system, for tools that watch these.

#[cfg(not(all(test, any(loom, shuttle, threads))))]
pub(crate) use core::{
    cell::UnsafeCell,
    hint::spin_loop,
    sync::atomic::{
        AtomicBool, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
    },
};

/// All words, and what is done with each besides, for a macro that defines them around the language's own.
#[cfg(all(test, any(loom, shuttle, valgrind)))]
macro_rules! every_word {
    ($define:ident) => {
        $define! {
            AtomicBool: bool {}
            AtomicU8: u8 {}
            AtomicU16: u16 {}
            AtomicU32: u32 { fetch_add, fetch_max }
            AtomicU64: u64 { fetch_or, fetch_add }
            AtomicUsize: usize { fetch_add, fetch_sub }
        }

        impl AtomicU32 {
            pub(crate) const fn as_ptr(&self) -> *mut u32 {
                self.0.as_ptr()
            }
        }
    };
}

#[cfg_attr(threads, path = "sync/threads.rs")]
#[cfg(all(test, any(loom, shuttle, threads)))]
pub(crate) mod explored;
#[cfg(all(test, any(loom, shuttle, threads)))]
pub(crate) use explored::{
    AtomicBool, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering, UnsafeCell,
    fence, spin_loop,
};

/// `usual` rounds of a loop, or elements of an array that loops go through. A model checker does with
/// one or two: each more multiplies the orders, and none is new.
pub(crate) const fn rounds(usual: u32, explored: u32) -> u32 {
    if cfg!(all(test, any(loom, shuttle))) { explored } else { usual }
}
