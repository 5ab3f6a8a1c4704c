//! Writing to a file descriptor, without buffers, locks or cancellation points.
#![allow(unsafe_code, reason = "system calls")]

use super::signals::change_mask;
use super::syscall::{Errno, syscall};
use core::sync::atomic::{AtomicI32, Ordering};

/// The descriptor of standard error.
pub(crate) const STANDARD_ERROR: i32 = libc::STDERR_FILENO;

/// A copy of a descriptor that the program may close before it ends; 0 for none.
static SPARE: AtomicI32 = AtomicI32::new(0);
/// Copies are far from the descriptors that programs count on.
const SPARE_FROM: [i32; 2] = [1000, 200];

/// Keeps a copy of `fd`, for what is said at exit: many programs close standard error in their last moments.
pub(crate) fn keep_spare(fd: i32) {
    for least in SPARE_FROM {
        // SAFETY: makes a descriptor that nobody else knows.
        let spare = unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, least) };
        if spare > 0 {
            return SPARE.store(spare, Ordering::Relaxed);
        }
    }
}

/// Makes the copy standard error again if that is closed.
pub(crate) fn restore_from_spare() {
    let spare = SPARE.load(Ordering::Relaxed);
    // SAFETY: only asks.
    if spare > 0 && unsafe { libc::fcntl(STANDARD_ERROR, libc::F_GETFD) } < 0 {
        // SAFETY: the descriptor is nobody's.
        unsafe { libc::dup2(spare, STANDARD_ERROR) };
    }
}

/// Writes all of `bytes` in as few calls as the kernel allows; gives up on the first error. Says whether
/// `fd` is open.
pub(crate) fn write_all(fd: i32, bytes: &[u8]) -> bool {
    write(fd, bytes) != Err(Errno(libc::EBADF))
}

/// The same, for a process that goes on: a pipe that nobody reads does not end it by SIGPIPE.
pub(crate) fn write_gently(fd: i32, bytes: &[u8]) -> bool {
    let pipe = 1u64 << (libc::SIGPIPE - 1);
    let before = change_mask(libc::SIG_BLOCK, pipe);
    let written = write(fd, bytes);
    // One that the program had blocked is the program's to take.
    if written == Err(Errno(libc::EPIPE)) && before & pipe == 0 {
        let now = [0u64; 2];
        let args = [
            (&raw const pipe).expose_provenance(),
            0,
            (&raw const now).expose_provenance(),
            size_of_val(&pipe),
            0,
            0,
        ];
        // SAFETY: the kernel reads a set and a time, which is now; a null pointer asks for no answer.
        let _ = unsafe { syscall(libc::SYS_rt_sigtimedwait, args) };
    }
    change_mask(libc::SIG_SETMASK, before);
    written != Err(Errno(libc::EBADF))
}

fn write(fd: i32, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        // The plain system call: libc's `write` may act on a pending thread cancellation.
        let args = [fd as usize, bytes.as_ptr().expose_provenance(), bytes.len(), 0, 0, 0];
        // SAFETY: the kernel only reads `bytes`, which is valid for its length during the call.
        match unsafe { syscall(libc::SYS_write, args) } {
            Ok(0) => return Ok(()),
            Ok(written) => bytes = bytes.get(written..).unwrap_or(&[]),
            Err(Errno(libc::EINTR)) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}
