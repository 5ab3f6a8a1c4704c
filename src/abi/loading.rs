//! When the library is loaded, and when the program loads others.

use crate::heap::{fork, sampling, start, sweep};
use crate::platform::symbols;
use crate::region::sealed::sealed;
use core::ffi::c_void;
use core::ptr::NonNull;

/// Runs when the library is loaded, long before `main`: libc can register our hooks by then.
#[cfg_attr(not(test), unsafe(link_section = ".init_array"))]
#[used]
static CONSTRUCTOR: extern "C" fn() = construct;

extern "C" fn construct() {
    fork::install_hooks();
    // A program may forbid itself further system calls before it first allocates.
    start::ensure();
}

/// Runs when the process exits in order, after the program's own exit handlers.
#[cfg_attr(not(test), unsafe(link_section = ".fini_array"))]
#[used]
static DESTRUCTOR: extern "C" fn() = destruct;

extern "C" fn destruct() {
    if !start::is_done() {
        return;
    }
    let options = &sealed().options;
    if options.sweep_at_exit {
        sweep::sweep();
    }
    if options.profile > 0 {
        sampling::write_profile(None);
    }
    if options.stats_at_exit {
        super::gnu::print_at_exit();
    }
}

/// Where a call of `dlopen` goes on and with which flags: two registers.
#[repr(C)]
struct Dlopen {
    real: Option<NonNull<c_void>>,
    flags: i32,
}

/// Looks up libc's `dlopen` and says which of the caller's flags are passed on. It is looked up each
/// time because memory that can be written is to hold no address of a function.
extern "C" fn prepare_dlopen(flags: i32) -> Dlopen {
    let is_fixed = sealed().options.deepbind_fix;
    let flags = if is_fixed { flags & !symbols::RTLD_DEEPBIND } else { flags };
    Dlopen { real: symbols::find_next(c"dlopen"), flags }
}

/// dlopen(3) without `RTLD_DEEPBIND`, unless the option `deepbind_fix` is off: a library bound that
/// way finds libc's malloc and free instead of these, and the two heaps mix.
///
/// Jumps to libc's function with the caller's return address still in place, for that is how libc
/// finds out whose search path and namespace to use.
#[cfg_attr(not(test), unsafe(no_mangle))]
#[unsafe(naked)]
extern "C" fn dlopen(_file: *const core::ffi::c_char, _flags: i32) -> *mut c_void {
    super::processor::dlopen!(prepare_dlopen)
}
