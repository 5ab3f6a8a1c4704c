//! Signals as whoever started the launcher left them: Rust's start-up ignores SIGPIPE, and a program that
//! it executes gets the default for that one, and no signal blocked.
#![allow(unsafe_code, reason = "asks and sets what is done about signals")]

use std::io;
use std::mem::MaybeUninit;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

static PIPE_WAS_IGNORED: AtomicBool = AtomicBool::new(false);

/// The loader calls it before `main`, and so before Rust's start-up.
#[used]
// The section is a list of functions of this form.
#[unsafe(link_section = ".init_array")]
static AT_START: extern "C" fn() = look;

extern "C" fn look() {
    let mut now = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: asks, and writes the answer where there is room for it.
    let asked = unsafe { libc::sigaction(libc::SIGPIPE, ptr::null(), now.as_mut_ptr()) };
    // SAFETY: all bytes zero is a valid value.
    let handler = unsafe { now.assume_init() }.sa_sigaction;
    PIPE_WAS_IGNORED.store(asked == 0 && handler == libc::SIG_IGN, Ordering::Relaxed);
}

/// The program that `command` becomes gets the signals that the launcher was given.
pub(crate) fn pass_on(command: &mut Command) {
    let mut blocked = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: asks, and writes the answer where there is room for it.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, ptr::null(), blocked.as_mut_ptr()) };
    // SAFETY: all bytes zero is a valid value: nothing is blocked.
    let blocked = unsafe { blocked.assume_init() };
    let set = move || {
        if PIPE_WAS_IGNORED.load(Ordering::Relaxed) {
            // SAFETY: to ignore a signal runs no code.
            unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
        }
        // SAFETY: reads a whole set; the old one is not asked for.
        match unsafe {
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const blocked, ptr::null_mut())
        } {
            0 => Ok(()),
            errno => Err(io::Error::from_raw_os_error(errno)),
        }
    };
    // SAFETY: `set` makes system calls and nothing else.
    unsafe { command.pre_exec(set) };
}
