//! Our own functions, declared in `include/starmalloc.h`.

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
