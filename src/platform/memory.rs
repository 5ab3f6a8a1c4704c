//! Address space: reserve, commit, protect, guard, purge, remap, release.
//!
//! - **M-OWN**: every range given to these functions lies in a mapping that this library made and
//!   has not released; no Rust reference is held into a range whose access is taken away.

use super::syscall::{Errno, syscall};
use crate::base::addr::Addr;

/// Makes pages fault without splitting their mapping (Linux 6.13).
const MADV_GUARD_INSTALL: usize = 102;

/// Drops pages of locked memory too (Linux 5.18).
const MADV_DONTNEED_LOCKED: usize = 24;

/// The number of `mseal`, the same on every processor; too new for the `libc` crate.
const SYS_MSEAL: i64 = 462;

/// What may be done with the pages of a range.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Access {
    /// Every touch faults.
    None,
    /// Reads see the contents, zeros where nothing was written.
    Read,
    /// Reads and writes.
    ReadWrite,
}

impl Access {
    const fn bits(self) -> usize {
        (match self {
            Self::None => libc::PROT_NONE,
            Self::Read => libc::PROT_READ,
            Self::ReadWrite => libc::PROT_READ | libc::PROT_WRITE,
        }) as usize
    }
}

/// The machine's page size in bytes: a power of two, read from the auxiliary vector.
pub(crate) fn page_size() -> usize {
    // SAFETY: getauxval reads the vector that the kernel laid out; it has no preconditions.
    let size = unsafe { libc::getauxval(libc::AT_PAGESZ) } as usize;
    if size.is_power_of_two() { size } else { 4096 }
}

/// Whether the system may refuse to make memory accessible because it has not so much (under its usual
/// policy, where one request exceeds all memory and swap).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Promise {
    /// It may: for what a program asks for.
    Kept,
    /// It may not, unless it counts strictly: for regions of which little is ever used.
    NotAsked,
}

impl Promise {
    const fn flags(self) -> i32 {
        let anonymous = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        match self {
            Self::Kept => anonymous,
            Self::NotAsked => anonymous | libc::MAP_NORESERVE,
        }
    }
}

/// Maps `len` bytes of zeroed, private, uncommitted memory near `hint` (or anywhere).
pub(crate) fn map(hint: Addr, len: usize, access: Access, promise: Promise) -> Result<Addr, Errno> {
    let args = [hint.get(), len, access.bits(), promise.flags() as usize, usize::MAX, 0];
    // SAFETY: without MAP_FIXED only a new mapping can come of it; nobody else can name it.
    unsafe { syscall(libc::SYS_mmap, args) }.map(Addr::new)
}

/// Maps `len` bytes just there; fails where anything is.
pub(crate) fn map_at(at: Addr, len: usize, access: Access, promise: Promise) -> Result<(), Errno> {
    let flags = promise.flags() | libc::MAP_FIXED_NOREPLACE;
    let args = [at.get(), len, access.bits(), flags as usize, usize::MAX, 0];
    // SAFETY: as for `map`.
    let found = unsafe { syscall(libc::SYS_mmap, args) }?;
    if found == at.get() {
        return Ok(());
    }
    // Linux before 4.17 takes the address for a hint.
    let _ = release(Addr::new(found), len);
    Err(Errno(libc::EEXIST))
}

/// Puts a new mapping in the place of a range.
pub(crate) fn map_over(
    at: Addr,
    len: usize,
    access: Access,
    promise: Promise,
) -> Result<(), Errno> {
    let flags = promise.flags() | libc::MAP_FIXED;
    let args = [at.get(), len, access.bits(), flags as usize, usize::MAX, 0];
    // SAFETY: M-OWN: what was in the range was ours.
    unsafe { syscall(libc::SYS_mmap, args) }.map(drop)
}

/// Gives a range back to the system.
pub(crate) fn release(at: Addr, len: usize) -> Result<(), Errno> {
    // SAFETY: M-OWN.
    unsafe { syscall(libc::SYS_munmap, [at.get(), len, 0, 0, 0, 0]) }.map(drop)
}

/// Changes what may be done with a range.
pub(crate) fn protect(at: Addr, len: usize, access: Access) -> Result<(), Errno> {
    // SAFETY: M-OWN.
    unsafe { syscall(libc::SYS_mprotect, [at.get(), len, access.bits(), 0, 0, 0]) }.map(drop)
}

fn advise(at: Addr, len: usize, advice: usize) -> Result<(), Errno> {
    // SAFETY: M-OWN; the advices used here at most turn contents into zeros or faults.
    unsafe { syscall(libc::SYS_madvise, [at.get(), len, advice, 0, 0, 0]) }.map(drop)
}

/// Drops the pages of a range; they read as zeros afterwards. Fails for locked memory before Linux
/// 5.18.
pub(crate) fn purge(at: Addr, len: usize) -> Result<(), Errno> {
    let purged = advise(at, len, libc::MADV_DONTNEED as usize);
    purged.or_else(|_| advise(at, len, MADV_DONTNEED_LOCKED))
}

/// Whether a range without pages is locked in memory: what is opened there gets pages at once.
pub(crate) fn is_locked(at: Addr, len: usize) -> bool {
    advise(at, len, libc::MADV_DONTNEED as usize).is_err()
}

/// Drops the pages of a range and makes it fault, without splitting its mapping; fails on kernels
/// before 6.13.
pub(crate) fn guard(at: Addr, len: usize) -> Result<(), Errno> {
    advise(at, len, MADV_GUARD_INSTALL)
}

/// Whether advice that there is no such thing as is taken, of a range of ours: an emulator of another
/// processor may say yes to everything.
pub(crate) fn takes_any_advice(at: Addr, len: usize) -> bool {
    const NO_ADVICE: usize = 0x7fff_ffff;
    advise(at, len, NO_ADVICE).is_ok()
}

/// Keeps a range out of transparent huge pages: one touched slot would cost 2 MiB.
pub(crate) fn avoid_huge_pages(at: Addr, len: usize) -> Result<(), Errno> {
    advise(at, len, libc::MADV_NOHUGEPAGE as usize)
}

/// Lets a range be backed by transparent huge pages.
pub(crate) fn want_huge_pages(at: Addr, len: usize) -> Result<(), Errno> {
    advise(at, len, libc::MADV_HUGEPAGE as usize)
}

/// Leaves a range out of core dumps.
pub(crate) fn leave_out_of_dumps(at: Addr, len: usize) -> Result<(), Errno> {
    advise(at, len, libc::MADV_DONTDUMP as usize)
}

/// Undoes that.
pub(crate) fn show_in_dumps(at: Addr, len: usize) -> Result<(), Errno> {
    advise(at, len, libc::MADV_DODUMP as usize)
}

/// Makes sure that nobody unmaps, moves or replaces a range or changes its access any more; fails on
/// kernels before 6.10.
pub(crate) fn seal(at: Addr, len: usize) -> Result<(), Errno> {
    // SAFETY: M-OWN; the contents stay as they are.
    unsafe { syscall(SYS_MSEAL, [at.get(), len, 0, 0, 0, 0]) }.map(drop)
}

/// What came of moving pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Move {
    /// They are at the other range, accessible as before; the range that they left stays mapped.
    Done,
    /// The kernel does not do that (before Linux 5.7); nothing happened.
    Refused,
    /// Not this time, and where they were to go there may be a hole that somebody else has been given.
    Failed,
}

/// Moves the pages of `len` bytes of one mapping, and their access with them, from `from` to `to`.
pub(crate) fn move_pages(from: Addr, to: Addr, len: usize) -> Move {
    let flags = (libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED | libc::MREMAP_DONTUNMAP) as usize;
    let args = [from.get(), len, len, flags, to.get(), 0];
    // SAFETY: M-OWN holds for both ranges.
    outcome_of(unsafe { syscall(libc::SYS_mremap, args) })
}

/// Moves the pages of `[from, from + old_len)` to `to`, where the range becomes `new_len` long.
///
/// `[to, to + new_len)` must be a range of ours; what was mapped there is gone afterwards.
pub(crate) fn relocate(from: Addr, old_len: usize, to: Addr, new_len: usize) -> Move {
    let flags = (libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED) as usize;
    let args = [from.get(), old_len, new_len, flags, to.get(), 0];
    // SAFETY: M-OWN holds for both ranges.
    outcome_of(unsafe { syscall(libc::SYS_mremap, args) })
}

/// A refusal comes before anything was touched; short of memory, the kernel has cleared the way already.
fn outcome_of(answer: Result<usize, Errno>) -> Move {
    match answer {
        Ok(_) => Move::Done,
        Err(Errno(libc::EINVAL | libc::EPERM | libc::ENOSYS)) => Move::Refused,
        Err(_) => Move::Failed,
    }
}
