//! From the heap's answers to what C expects.

use crate::base::addr::Addr;
use crate::heap::slow;
use crate::platform::errno;
use core::ffi::c_void;
use core::ptr::with_exposed_provenance_mut;

/// NULL and an error number.
#[cold]
#[inline(never)]
pub(super) fn refuse(error: i32) -> *mut c_void {
    errno::set(error);
    core::ptr::null_mut()
}

/// The refusal of a request for more bytes than there can be, or a report if the options say so.
#[cold]
#[inline(never)]
pub(super) fn refuse_size(bytes: usize) -> *mut c_void {
    pointer(slow::refuse_for(bytes))
}

/// The pointer to an address that the heap gave out.
#[inline(always)]
pub(super) fn pointer(address: Addr) -> *mut c_void {
    with_exposed_provenance_mut(address.get())
}
