//! The return addresses of the calling thread's stack.
//!
//! The walk is done by the unwinder of libgcc_s or libunwind when the program has loaded one at
//! start; otherwise there is none, since frame pointers cannot be relied on. The unwinder is named
//! by weak symbols: the loader fills them in, or leaves zero, and no search is made when reporting.
#![allow(unsafe_code, reason = "weak symbols need assembly; the unwinder is a C library")]

use core::ffi::{c_int, c_void};

/// The unwinder's handle of a frame.
type Context = *mut c_void;

/// Called for each frame; anything but zero ends the walk.
type Visitor = unsafe extern "C" fn(Context, *mut c_void) -> c_int;

/// `_Unwind_Backtrace`.
type Backtrace = unsafe extern "C" fn(Visitor, *mut c_void) -> c_int;

/// `_Unwind_GetIP`.
type GetIp = unsafe extern "C" fn(Context) -> usize;

/// What the visitor answers to have the next frame, and to have no more.
const NEXT: c_int = 0;
const ENOUGH: c_int = 5;

/// The walk so far.
struct Walk<'a> {
    frames: &'a mut [usize],
    len: usize,
    get_ip: GetIp,
}

/// Fills `frames` with return addresses, innermost first, and returns how many there are.
#[inline(never)]
pub(crate) fn capture(frames: &mut [usize]) -> usize {
    let (backtrace, get_ip) = unwinder();
    if backtrace == 0 || get_ip == 0 {
        return 0;
    }
    // SAFETY: the loader resolved this address for the symbol whose type this is.
    let backtrace = unsafe { core::mem::transmute::<usize, Backtrace>(backtrace) };
    // SAFETY: as above.
    let get_ip = unsafe { core::mem::transmute::<usize, GetIp>(get_ip) };
    let mut walk = Walk { frames, len: 0, get_ip };
    // SAFETY: `visit` casts the argument back to the type it has here, during this call only.
    unsafe { backtrace(visit, (&raw mut walk).cast()) };
    walk.len
}

/// Notes one frame.
///
/// # Safety
///
/// `argument` points to a [`Walk`] that nobody else uses during the call.
unsafe extern "C" fn visit(context: Context, argument: *mut c_void) -> c_int {
    // SAFETY: this function's contract.
    let walk = unsafe { &mut *argument.cast::<Walk<'_>>() };
    // SAFETY: the unwinder passed this context for exactly such questions.
    let address = unsafe { (walk.get_ip)(context) };
    let Some(frame) = walk.frames.get_mut(walk.len) else { return ENOUGH };
    if address == 0 {
        return ENOUGH;
    }
    *frame = address;
    walk.len += 1;
    NEXT
}

/// The addresses of the unwinder's two functions; zero where there is none.
#[cfg(target_arch = "x86_64")]
fn unwinder() -> (usize, usize) {
    let (backtrace, get_ip);
    // SAFETY: reads two entries of this library's own table of symbol addresses.
    unsafe {
        core::arch::asm!(
            ".weak _Unwind_Backtrace",
            ".weak _Unwind_GetIP",
            "mov {0}, qword ptr [rip + _Unwind_Backtrace@GOTPCREL]",
            "mov {1}, qword ptr [rip + _Unwind_GetIP@GOTPCREL]",
            out(reg) backtrace,
            out(reg) get_ip,
            options(nostack, preserves_flags, readonly, pure),
        );
    }
    (backtrace, get_ip)
}

/// The addresses of the unwinder's two functions; zero where there is none.
#[cfg(target_arch = "aarch64")]
fn unwinder() -> (usize, usize) {
    let (backtrace, get_ip);
    // SAFETY: reads two entries of this library's own table of symbol addresses.
    unsafe {
        core::arch::asm!(
            ".weak _Unwind_Backtrace",
            ".weak _Unwind_GetIP",
            "adrp {0}, :got:_Unwind_Backtrace",
            "ldr {0}, [{0}, :got_lo12:_Unwind_Backtrace]",
            "adrp {1}, :got:_Unwind_GetIP",
            "ldr {1}, [{1}, :got_lo12:_Unwind_GetIP]",
            out(reg) backtrace,
            out(reg) get_ip,
            options(nostack, preserves_flags, readonly, pure),
        );
    }
    (backtrace, get_ip)
}

/// No weak symbols are written for this processor.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn unwinder() -> (usize, usize) {
    (0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test program has an unwinder, being a Rust program with the standard library.
    #[test]
    fn a_walk_finds_the_frames_of_this_test() {
        let mut frames = [0; 64];
        let all = capture(&mut frames);
        assert!(all > 3);
        assert!(frames[..all].iter().all(|address| *address != 0));
        let mut few = [0; 2];
        assert_eq!(capture(&mut few), 2);
        assert_eq!(capture(&mut []), 0);
    }
}
