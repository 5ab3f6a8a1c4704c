//! Who is running: process and thread ids, their names, and whether privileges were raised.
#![allow(unsafe_code, reason = "system calls")]

use super::file::File;
use super::syscall::syscall;

/// Bytes of a kernel task name, its terminator included.
pub(crate) const NAME_BYTES: usize = 16;

/// A task's name, filled with zeros at the end.
pub(crate) type Name = [u8; NAME_BYTES];

/// The process id. Asked of the kernel each time, so that it is right after any kind of fork.
pub(crate) fn pid() -> u32 {
    // SAFETY: takes no arguments and cannot fail.
    unsafe { syscall(libc::SYS_getpid, [0; 6]) }.unwrap_or_default() as u32
}

/// The calling thread's id, never zero.
pub(crate) fn tid() -> u32 {
    // SAFETY: takes no arguments and cannot fail.
    unsafe { syscall(libc::SYS_gettid, [0; 6]) }.unwrap_or_default() as u32
}

/// Bytes left of the alternate signal stack that the caller runs on; `None` when it runs on another one.
pub(crate) fn signal_stack_left() -> Option<usize> {
    let mut stack = libc::stack_t { ss_sp: core::ptr::null_mut(), ss_flags: 0, ss_size: 0 };
    let here = core::ptr::from_mut(&mut stack).expose_provenance();
    // SAFETY: sigaltstack writes one `stack_t`, and changes nothing for no new one is given.
    let _ = unsafe { syscall(libc::SYS_sigaltstack, [0, here, 0, 0, 0, 0]) };
    let is_on_it = stack.ss_flags & libc::SS_ONSTACK != 0;
    is_on_it.then(|| here.saturating_sub(stack.ss_sp.addr()))
}

/// Most bytes that a file which the process writes may have.
pub(crate) fn file_size_limit() -> u64 {
    let mut limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
    let to = core::ptr::from_mut(&mut limit).expose_provenance();
    let args = [0, libc::RLIMIT_FSIZE as usize, 0, to, 0, 0];
    // SAFETY: prlimit64 writes one `rlimit` of 64-bit words, and sets none.
    let _ = unsafe { syscall(libc::SYS_prlimit64, args) };
    limit.rlim_cur
}

/// The calling thread's name; all zeros when the kernel refuses.
pub(crate) fn thread_name() -> Name {
    let mut name = [0; NAME_BYTES];
    let to = name.as_mut_ptr().expose_provenance();
    // SAFETY: PR_GET_NAME writes at most sixteen bytes, the size of `name`.
    let _ = unsafe { syscall(libc::SYS_prctl, [libc::PR_GET_NAME as usize, to, 0, 0, 0, 0]) };
    name
}

/// The name of the process, which is its first thread's; all zeros when it cannot be read.
pub(crate) fn process_name() -> Name {
    name_in(File::open_read(c"/proc/self/comm").ok())
}

/// The name in a file of the kernel's about a task; all zeros without one.
pub(super) fn name_in(file: Option<File>) -> Name {
    let mut name = [0; NAME_BYTES];
    if let Some(file) = file {
        file.read(&mut name);
    }
    for byte in name.iter_mut().filter(|byte| **byte == b'\n') {
        *byte = 0;
    }
    name
}

/// Whether the program runs with more rights than its caller, who must then not learn or decide
/// anything.
pub(crate) fn is_secure() -> bool {
    // SAFETY: reads the vector which the kernel handed to this process at start.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

/// Pages of physical memory that the process uses; `None` when that cannot be read.
pub(crate) fn resident_pages() -> Option<usize> {
    let mut text = [0; 64];
    let file = File::open_read(c"/proc/self/statm").ok()?;
    let read = file.read(&mut text);
    // The second number of a line of numbers.
    let numbers = text.get(..read).unwrap_or(&[]);
    let second = numbers.split(|byte| *byte == b' ').nth(1)?;
    Some(second.iter().fold(0, |sum, digit| sum * 10 + usize::from(digit.wrapping_sub(b'0'))))
}

/// Stops the calling thread for a while.
pub(crate) fn pause_ms(milliseconds: u32) {
    let time = libc::timespec {
        tv_sec: i64::from(milliseconds / 1000),
        tv_nsec: libc::c_long::from(milliseconds % 1000) * 1_000_000,
    };
    let time = (&raw const time).expose_provenance();
    // SAFETY: the kernel reads `time`; a null second argument asks for no answer.
    let _ = unsafe { syscall(libc::SYS_nanosleep, [time, 0, 0, 0, 0, 0]) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_the_standard_library() {
        assert_eq!(pid(), std::process::id());
        assert_ne!(tid(), 0);
        assert_ne!(std::thread::spawn(tid).join().unwrap(), tid());
    }

    #[test]
    fn resident_memory_grows_with_what_is_touched() {
        let before = resident_pages().unwrap();
        let block = std::hint::black_box(vec![1u8; 16 << 20]);
        assert!(before > 0 && resident_pages().unwrap() > before + 2000);
        drop(block);
    }

    #[test]
    fn a_thread_has_its_own_name() {
        let named = std::thread::Builder::new().name("worker-3".into()).spawn(thread_name);
        assert_eq!(&named.unwrap().join().unwrap(), b"worker-3\0\0\0\0\0\0\0\0");
        assert_ne!(process_name()[0], 0);
        assert!(!process_name().contains(&b'\n'));
    }
}
