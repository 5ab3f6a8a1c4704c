//! The heap's refusals, as C expects them.
//!
//! The functions of the interface give an `Addr` in the place of a pointer: the same bits in the same register.
//! With a conversion between them, calls of the slow side would be no jumps, and `malloc` would need a frame.

use crate::base::addr::Addr;
use crate::heap::slow;
use crate::platform::errno;

/// NULL and an error number.
#[cold]
#[inline(never)]
pub(super) fn refuse(error: i32) -> Addr {
    errno::set(error);
    Addr::NULL
}

/// The refusal of a request for more bytes than there can be, or a report if the options say so.
#[cold]
#[inline(never)]
pub(super) fn refuse_size(bytes: usize) -> Addr {
    slow::refuse_for(bytes)
}
