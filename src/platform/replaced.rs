//! Functions that we export and that the program may define itself: whose definition was chosen.
//!
//! libc's and libstdc++'s own versions of what the program leaves out are built on what it defines,
//! and ours must be as well. The dynamic linker's choice is found in the slots through which calls
//! leave this library: it is bound at load time, so they are final before any of its code runs.
//! Slots for calls, and no others: as the address of a function that a program compares or passes
//! on, the linker gives a stub in the program itself, even when the definition is ours.

use super::processor::link::{Stub, call_target, slot_of};
use super::{image, symbols};
use core::ffi::c_void;
use core::ptr::NonNull;

macro_rules! replaceable {
    ($($function:ident: fn($($argument:ty),*) $(-> $result:ty)?, $name:literal;)+) => { $(
        #[doc = concat!("The definition of `", $name, "` that goes before ours, if there is one.")]
        pub(crate) extern "C" fn $function()
        -> Option<unsafe extern "C" fn($($argument),*) $(-> $result)?> {
            // Unit tests export nothing.
            if cfg!(test) {
                return None;
            }
            let target = foreign_target(call_target!($name));
            // SAFETY: the definition of this name has this signature, or the program is broken
            // without us; and no pointer is no function.
            unsafe { core::mem::transmute(target) }
        }
    )+ };
}

replaceable! {
    realloc: fn(*mut c_void, usize) -> *mut c_void, "realloc";
    free: fn(*mut c_void), "free";
    new: fn(usize) -> *mut c_void, "_Znwm";
    new_array: fn(usize) -> *mut c_void, "_Znam";
    new_aligned: fn(usize, usize) -> *mut c_void, "_ZnwmSt11align_val_t";
    new_array_aligned: fn(usize, usize) -> *mut c_void, "_ZnamSt11align_val_t";
    delete: fn(*mut c_void), "_ZdlPv";
    delete_array: fn(*mut c_void), "_ZdaPv";
    delete_aligned: fn(*mut c_void, usize), "_ZdlPvSt11align_val_t";
    delete_array_aligned: fn(*mut c_void, usize), "_ZdaPvSt11align_val_t";
}

/// Whether any of the operators that others are built on is not ours.
pub(crate) fn any_operator() -> bool {
    new().is_some()
        || new_array().is_some()
        || new_aligned().is_some()
        || new_array_aligned().is_some()
        || delete().is_some()
        || delete_array().is_some()
        || delete_aligned().is_some()
        || delete_array_aligned().is_some()
}

/// Names of the C++ runtimes' libraries, up to the version.
const RUNTIMES: [&[u8]; 3] = [b"libstdc++.so", b"libc++.so", b"libc++abi.so"];

/// Whether a library beside the C++ runtime has operators too. It may be bound to its own, so that what
/// the program shares with it is made by one `operator new` and deleted by another.
///
/// Looks symbols up: see `symbols`.
pub(crate) fn operators_are_elsewhere_too() -> bool {
    let Some(next) = symbols::find_next(c"_Znwm") else { return false };
    symbols::with_file_of(next, |path| {
        let path = path.to_bytes();
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
        !RUNTIMES.iter().any(|runtime| name.starts_with(runtime))
    })
    .unwrap_or(false)
}

/// Where `stub` leads, if that is outside this library. A stub of an unknown kind leads nowhere,
/// and so does the function itself, which the library may have been linked to.
fn foreign_target(stub: *const Stub) -> Option<NonNull<c_void>> {
    // SAFETY: calls go there.
    let slot = unsafe { slot_of(stub) }?;
    // SAFETY: linkers make stubs that jump through a slot, which is read-only by now.
    let target = unsafe { slot.read() };
    NonNull::new(target).filter(|target| !image::holds(target.addr().get()))
}
