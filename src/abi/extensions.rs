//! Our own functions, declared in `include/starmalloc.h`.

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
}

#[cfg_attr(not(test), unsafe(export_name = "starmalloc_description"))]
#[used]
static DESCRIPTION: Description = Description {
    size: size_of::<Description>() as u64,
    version: padded(env!("CARGO_PKG_VERSION").as_bytes()),
    level: LevelPlace::HERE,
};

/// `text`, which must fit with at least one zero byte behind it.
const fn padded(text: &[u8]) -> [u8; 16] {
    let mut bytes = [0; 16];
    let (start, _) = bytes.split_at_mut(text.len());
    start.copy_from_slice(text);
    assert!(text.len() < bytes.len());
    bytes
}
