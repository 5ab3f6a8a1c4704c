//! Start-up, on the first call of all: options, seeds, the two regions.

use super::{announce, sampling, touch};
use crate::base::generator::Generator;
use crate::base::sync::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use crate::cache::{pool, shape};
use crate::options::{self, BadOption, Options, Warning};
use crate::platform::lock::Lock;
use crate::platform::signals::{self, Handler};
use crate::platform::{entropy, environment, errno, output, process, symbols};
use crate::region::{samples, start};
use crate::report::{self, Evidence, Fault, Kind, Operation};
use crate::sample::{due, profile};

#[cfg(not(all(test, any(loom, shuttle, threads))))]
use self::start as begin;
#[cfg(all(test, any(loom, shuttle, threads)))]
pub(super) mod interleavings;
#[cfg(all(test, any(loom, shuttle, threads)))]
use interleavings::begin;

const NOT_YET: u8 = 0;
const DONE: u8 = 1;
const FAILED: u8 = 2;

/// How far start-up is.
static PROGRESS: AtomicU8 = AtomicU8::new(NOT_YET);
static START: Lock<()> = Lock::new(());
/// Whether the options make no sense, and say to stop then.
static IS_TO_STOP: AtomicBool = AtomicBool::new(false);

/// Whether the allocator has its regions.
#[inline]
pub(crate) fn is_done() -> bool {
    // Acquire pairs with the Release in `ensure_slowly`.
    PROGRESS.load(Ordering::Acquire) == DONE
}

/// Starts the allocator unless that happened; says whether it has its regions.
#[inline]
pub(crate) fn ensure() -> bool {
    is_done() || ensure_slowly()
}

#[cold]
fn ensure_slowly() -> bool {
    {
        // Held here only if a signal handler interrupted start-up: it gets no memory.
        let Ok(_start) = START.acquire() else { return false };
        if PROGRESS.load(Ordering::Relaxed) == NOT_YET {
            let progress = if begin() { DONE } else { FAILED };
            PROGRESS.store(progress, Ordering::Release);
        }
    }
    // Not before: no lock is held when the process ends.
    if IS_TO_STOP.load(Ordering::Relaxed) {
        let text = "options that make no sense";
        let fault = Fault::new(Kind::StartUp, Operation::Start, 0);
        report::die(&fault.with(Evidence::Reason { text, errno: 0 }), &[]);
    }
    is_done()
}

fn start() -> bool {
    let options = read_options();
    let seed = entropy::seed();
    pool::seed(seed);
    let entries = shape::total_entries(&options);
    let started = pool::with_generator(|generator: &mut Generator| {
        start::reserve(options, entries, generator)
    });
    if !started {
        // The program may do without memory; that is for it to say.
        let text = "no address space for the smallest layout; is there a limit (ulimit -v)?";
        let fault = Fault::new(Kind::StartUp, Operation::Start, 0);
        report::tell(&fault.with(Evidence::Reason { text, errno: errno::ENOMEM }), &[]);
        return false;
    }
    if samples::are_there() {
        pool::with_generator(due::begin);
    }
    if options.verbose {
        announce::announce();
    }
    if options.stats_at_exit {
        output::keep_spare(output::STANDARD_ERROR);
    }
    touch::watch();
    if options.profile_signal > 0 && options.profile == 0 {
        report::say(|line| {
            line.text("warning: option profile_signal: there is no profile to write, for want of the option profile");
        });
    }
    if options.profile > 0
        && options.profile_signal > 0
        && !signals::on_signal::<WriteProfile>(options.profile_signal)
    {
        report::say(|line| {
            line.text("warning: option profile_signal: this signal is not one to go on after");
        });
    }
    true
}

struct WriteProfile;

impl Handler for WriteProfile {
    fn handle(_: usize) {
        static WRITTEN: AtomicU32 = AtomicU32::new(0);
        sampling::write_profile(Some(WRITTEN.fetch_add(1, Ordering::Relaxed) + 1));
    }
}

/// What the library was built with.
const BUILT_IN: Option<&str> = option_env!("STARMALLOC_DEFAULT_OPTIONS");

/// The options: what the library was built with, then what the program says, then the environment. A
/// privileged program goes without any.
fn read_options() -> Options {
    let mut options = Options::DEFAULT;
    if process::is_secure() {
        return options;
    }
    let sources = [
        ("built-in options", BUILT_IN.map(str::as_bytes)),
        ("starmalloc_default_options", symbols::default_options()),
        ("STARMALLOC_OPTIONS", environment::variable(b"STARMALLOC_OPTIONS=")),
    ];
    let lists = sources.into_iter().filter_map(|(source, list)| Some((source, list?)));
    for (_, list) in lists.clone() {
        options::apply(&mut options, list, &mut |_| {});
    }
    // Only now is it known where warnings go.
    report::set_log_fd(options.log_fd);
    for (source, list) in lists {
        let warn = &mut |warning: Warning<'_>| {
            announce::warn(source, warning);
            if options.bad_option == BadOption::Stop {
                IS_TO_STOP.store(true, Ordering::Relaxed);
            }
        };
        options::apply(&mut options.clone(), list, warn);
        if let Some(path) = options::value_in(list, "profile") {
            profile::set_path(path);
        }
    }
    options
}

/// Before a fork.
pub(super) fn hold_for_fork() -> bool {
    START.hold_for_fork()
}

/// After a fork, in parent and child.
pub(super) fn let_go_after_fork() {
    START.let_go_after_fork();
}
