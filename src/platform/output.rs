//! Writing to a file descriptor, without buffers, locks or cancellation points.
#![allow(unsafe_code, reason = "system calls")]

use super::errno;

/// The descriptor of standard error.
pub(crate) const STANDARD_ERROR: i32 = libc::STDERR_FILENO;

/// Writes all of `bytes` in as few calls as the kernel allows; gives up on the first error. Says whether
/// `fd` is open.
pub(crate) fn write_all(fd: i32, mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        // The plain system call: libc's `write` may act on a pending thread cancellation.
        // SAFETY: the kernel only reads `bytes`, which is valid for its length during the call.
        let written = unsafe { libc::syscall(libc::SYS_write, fd, bytes.as_ptr(), bytes.len()) };
        match usize::try_from(written) {
            Ok(0) => return true,
            Ok(written) => bytes = bytes.get(written..).unwrap_or(&[]),
            Err(_) if errno::get() == libc::EINTR => {}
            Err(_) => return errno::get() != libc::EBADF,
        }
    }
    true
}
