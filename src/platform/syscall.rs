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
    #[cfg(all(test, any(loom, shuttle)))]
    if let Some(answer) = in_a_model(number, args) {
        return answer;
    }
    // SAFETY: the caller's promise.
    let result = unsafe { call(number, args) };
    if (-4095..0).contains(&result) { Err(Errno(-result as i32)) } else { Ok(result as usize) }
}

/// The calls that matter to the order of threads' steps, as a model checker's kernel does them.
#[cfg(all(test, any(loom, shuttle)))]
fn in_a_model(number: i64, args: [usize; 6]) -> Option<Result<usize, Errno>> {
    use crate::base::sync::explored::space::{self, Part};
    use crate::base::sync::explored::{Request, is_running, kernel};
    const WAIT: i32 = libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG;
    const WAKE: i32 = libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG;
    if !is_running() {
        return None;
    }
    // SAFETY: of a futex call this is a lock's word, which lives on.
    let word = || unsafe { &*core::ptr::with_exposed_provenance(args[0]) };
    let range = args[0]..args[0].wrapping_add(args[1]);
    let part = if args[2] == libc::PROT_NONE as usize { Part::Closed } else { Part::Open };
    let is_kept = space::holds(args[0]);
    let answer = match (number, args[1] as i32, args[2] as i32) {
        (libc::SYS_futex, WAIT, _) => kernel(&Request::Sleep(word(), args[2] as u32)),
        (libc::SYS_futex, WAKE, _) => kernel(&Request::Wake(word())),
        (libc::SYS_sched_yield, ..) => kernel(&Request::Yield),
        (libc::SYS_mmap, ..) if args[0] == 0 => kernel(&Request::Map(args[1], part)),
        (libc::SYS_mmap, ..) if is_kept && args[3] as i32 & libc::MAP_FIXED_NOREPLACE != 0 => {
            kernel(&Request::Fill(range, part))
        }
        (libc::SYS_mmap, ..) if is_kept => kernel(&Request::Replace(range, part)),
        (libc::SYS_munmap, ..) if is_kept => kernel(&Request::Replace(range, Part::Unmapped)),
        (libc::SYS_mprotect, ..) if is_kept => kernel(&Request::Protect(range, part)),
        (libc::SYS_mremap, ..) => {
            let stays_mapped = args[3] & libc::MREMAP_DONTUNMAP as usize != 0;
            kernel(&Request::Move(range, args[4]..args[4] + args[2], stays_mapped))
        }
        (libc::SYS_madvise, _, libc::MADV_DONTNEED) | (libc::SYS_mmap, ..) => {
            kernel(&Request::DropPages(range))
        }
        _ => return None,
    };
    Some(answer.ok_or(Errno(libc::EAGAIN)))
}
