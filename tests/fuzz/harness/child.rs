//! A child process that is to be stopped: what it wrote and how it ended. What it reached is counted for its
//! parent, as far as the library goes: the counters of a process that dies are copied out by a handler of the
//! signal that kills it.

use super::library::{file, library};
use object::{Object, ObjectSection};
use std::ffi::c_int;
use std::fs::File;
use std::io::{Read, Seek};
use std::os::fd::{AsRawFd, FromRawFd};
use std::ptr::null_mut;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Seconds: a report takes milliseconds, so one that takes so long hangs.
const PATIENCE: u32 = 60;

/// Where the library's counters are, and memory that parent and child share.
#[derive(Clone, Copy)]
struct Counters {
    own: usize,
    shared: usize,
    len: usize,
}

/// How a child ended.
pub struct Ending {
    /// The signal that ended it, unless it ended by itself.
    pub signal: Option<c_int>,
    /// What it wrote to standard error.
    pub text: String,
}

/// The section in which every object keeps its counters.
const SECTION: &str = "__sancov_cntrs";

impl Counters {
    fn find() -> Self {
        let bytes = std::fs::read(file()).expect("the library's file can be read");
        let elf = object::File::parse(&*bytes).expect("it is an ELF file");
        let section = elf.section_by_name(SECTION).expect("it counts what is reached");
        let mut about = std::mem::MaybeUninit::<libc::Dl_info>::uninit();
        // SAFETY: any address may be asked about; the answer fits.
        let found = unsafe { libc::dladdr(library().malloc as *const _, about.as_mut_ptr()) };
        assert!(found != 0, "the library is loaded");
        // SAFETY: filled in, as the answer says.
        let base = unsafe { about.assume_init() }.dli_fbase.addr();
        let len = section.size() as usize;
        let (access, flags) =
            (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
        // SAFETY: a new mapping harms nobody.
        let shared = unsafe { libc::mmap(null_mut(), len, access, flags, -1, 0) };
        assert!(shared != libc::MAP_FAILED, "memory can be shared");
        Self { own: base + section.address() as usize, shared: shared.expose_provenance(), len }
    }

    fn copy(from: usize, to: usize, len: usize) {
        let from = std::ptr::with_exposed_provenance::<u8>(from);
        let to = std::ptr::with_exposed_provenance_mut::<u8>(to);
        // SAFETY: both are places of so many bytes, the library's and ours. That other threads may count
        // meanwhile is no matter: a number more or less.
        unsafe { std::ptr::copy_nonoverlapping(from, to, len) }
    }
}

fn counters() -> Counters {
    static COUNTERS: OnceLock<Counters> = OnceLock::new();
    *COUNTERS.get_or_init(Counters::find)
}

/// Set before a child can need it: a handler must not be the first to look.
static IS_KNOWN: AtomicUsize = AtomicUsize::new(0);

extern "C" fn keep_counters(_: c_int) {
    if IS_KNOWN.load(Ordering::Relaxed) != 0 {
        let Counters { own, shared, len } = counters();
        Counters::copy(own, shared, len);
    }
}

/// Makes `signal` end this process as it would without libFuzzer, after the counters were kept.
fn let_it_kill(signal: c_int, handler: libc::sighandler_t) {
    // SAFETY: all bytes zero is an action with an empty mask.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler;
    action.sa_flags = libc::SA_RESETHAND;
    // SAFETY: the handler only copies memory; the old action is not asked for.
    unsafe { libc::sigaction(signal, &raw const action, null_mut()) };
}

/// Runs `commit` in a child.
pub fn run(commit: impl FnOnce()) -> Ending {
    let Counters { own, shared, len } = counters();
    IS_KNOWN.store(1, Ordering::Relaxed);
    Counters::copy(own, shared, len);
    // SAFETY: a C string.
    let text = unsafe { libc::memfd_create(c"stderr".as_ptr(), libc::MFD_CLOEXEC) };
    assert!(text >= 0, "a file can be made");
    // SAFETY: just made, and nobody else's.
    let mut text = unsafe { File::from_raw_fd(text) };
    // SAFETY: the child makes no call that needs another thread.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "a child can be made");
    if child == 0 {
        let handler: extern "C" fn(c_int) = keep_counters;
        let_it_kill(libc::SIGABRT, handler as libc::sighandler_t);
        let_it_kill(libc::SIGSEGV, handler as libc::sighandler_t);
        let_it_kill(libc::SIGALRM, libc::SIG_DFL);
        // SAFETY: both are descriptors of this process.
        unsafe { libc::dup2(text.as_raw_fd(), libc::STDERR_FILENO) };
        // SAFETY: it has no preconditions.
        unsafe { libc::alarm(PATIENCE) };
        commit();
        // SAFETY: nothing of the parent's is to run at this exit.
        unsafe { libc::_exit(0) };
    }
    let mut status = 0;
    // SAFETY: `status` is ours to write.
    while unsafe { libc::waitpid(child, &raw mut status, 0) } != child {}
    Counters::copy(shared, own, len);
    let mut bytes = Vec::new();
    text.rewind().expect("a file can be rewound");
    text.read_to_end(&mut bytes).expect("a file can be read");
    Ending {
        signal: libc::WIFSIGNALED(status).then(|| libc::WTERMSIG(status)),
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}
