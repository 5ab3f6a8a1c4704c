//! The rows of sampled allocations, in a mapping of their own between two guards. There is none
//! unless the options ask for samples.

use super::sealed::sealed;
use crate::base::addr::Addr;
use crate::base::sync::AtomicU64;
use crate::options::Options;
use crate::platform::memory::{self, Access, Promise};
use core::ptr::with_exposed_provenance;

/// Words of a row, packed by `sample::record`.
pub(crate) const WORDS: usize = 48;
/// Rows there are.
pub(crate) const ROWS: usize = 4096;
const BYTES: usize = ROWS * WORDS * 8;
/// Bytes of each guard: whole pages, whatever the page size.
const GUARD: usize = 1 << 16;

/// One sampled allocation.
#[repr(transparent)]
pub(crate) struct SampleRow(pub(crate) [AtomicU64; WORDS]);

/// Maps the rows if `options` want samples; null if not, or when there is no memory.
pub(super) fn reserve(options: &Options) -> Addr {
    if options.sample == 0 && options.profile == 0 {
        return Addr::NULL;
    }
    let Ok(start) = memory::map(Addr::NULL, BYTES + 2 * GUARD, Access::None, Promise::NotAsked)
    else {
        return Addr::NULL;
    };
    let at = start.plus(GUARD);
    match memory::protect(at, BYTES, Access::ReadWrite) {
        Ok(()) => at,
        Err(_) => {
            let _ = memory::release(start, BYTES + 2 * GUARD);
            Addr::NULL
        }
    }
}

/// Whether there are any.
#[inline(always)]
pub(crate) fn are_there() -> bool {
    sealed().samples != Addr::NULL
}

/// Row number `index`, if there are rows.
pub(crate) fn row(index: usize) -> Option<&'static SampleRow> {
    if !are_there() || index >= ROWS {
        return None;
    }
    let at = sealed().samples.plus(index * WORDS * 8);
    // SAFETY: before the page that S-ONCE is about was published, the rows were mapped writable, and stay so; they are made of atomics, and zero
    // bytes are valid.
    Some(unsafe { &*with_exposed_provenance(at.get()) })
}
