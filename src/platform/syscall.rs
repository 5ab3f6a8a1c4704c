//! System calls, by the instruction itself.

use super::processor::syscall::call;

/// What a refused system call returned: a positive errno number.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Errno(pub(crate) i32);

/// Makes system call `number` with up to six arguments.
///
/// # Safety
/// The call must be sound with these arguments: what it reads, writes or unmaps must be the
/// caller's to read, write or unmap.
#[inline]
pub(crate) unsafe fn syscall(number: i64, args: [usize; 6]) -> Result<usize, Errno> {
    // SAFETY: the caller's promise.
    let result = unsafe { call(number, args) };
    if (-4095..0).contains(&result) { Err(Errno(-result as i32)) } else { Ok(result as usize) }
}
