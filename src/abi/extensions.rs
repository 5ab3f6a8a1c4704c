//! Our own functions, declared in `include/starmalloc.h`.

use crate::heap::figures::{self, SHARED, Shared};
use crate::heap::start;
use crate::region::sealed::LevelPlace;
use crate::report::{MESSAGE, Message};
use core::ffi::c_char;

/// The library's version, as a string that lives as long as the process.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn starmalloc_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

/// The first line of the last fault report, for debuggers and core dumps: a C string.
#[cfg_attr(not(test), unsafe(export_name = "starmalloc_abort_message"))]
#[used]
static ABORT_MESSAGE: &Message = &MESSAGE;

/// What tools that look at a process from outside may know. Its form is told by its first word, so
/// that it may grow.
#[repr(C)]
struct Description {
    /// Bytes of this structure.
    size: u64,
    /// The version as text, filled up with zero bytes.
    version: [u8; 16],
    /// Where the level in force is: one byte, 0 light, 1 default, 2 strong.
    level: LevelPlace,
    /// Shared figures, as `struct starmalloc_statistics`.
    statistics: &'static Shared,
}

#[cfg_attr(not(test), unsafe(export_name = "starmalloc_description"))]
#[used]
static DESCRIPTION: Description = Description {
    size: size_of::<Description>() as u64,
    version: padded(env!("CARGO_PKG_VERSION").as_bytes()),
    level: LevelPlace::HERE,
    statistics: &SHARED,
};

/// Fills `out` with the heap's statistics of this moment, as many bytes of them as `size` says, and
/// returns how many there are in all. Each field is exact for its own moment; other threads go on
/// meanwhile. Counts all slots ever used. Thread-safe; errno stays.
///
/// # Safety
/// `out` is valid for `size` bytes of writes, or `size` is 0.
#[cfg_attr(not(test), unsafe(no_mangle))]
unsafe extern "C" fn starmalloc_stats(out: *mut u8, size: usize) -> usize {
    let words = if start::ensure() { figures::collect() } else { [0; figures::WORDS] };
    let all = size_of_val(&words);
    if !out.is_null() {
        // SAFETY: the source has `all` bytes, and the caller promises `size`.
        unsafe { out.copy_from_nonoverlapping(words.as_ptr().cast(), size.min(all)) };
    }
    all
}

/// `text`, which must fit with at least one zero byte behind it.
const fn padded(text: &[u8]) -> [u8; 16] {
    let mut bytes = [0; 16];
    let (start, _) = bytes.split_at_mut(text.len());
    start.copy_from_slice(text);
    assert!(text.len() < bytes.len());
    bytes
}
