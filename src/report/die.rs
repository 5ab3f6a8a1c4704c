//! Delivers a report and stops.
//!
//! The lines which need nothing but what is known come first. What may go wrong on the way (a
//! system call filter that kills, a stack too damaged to walk) comes last, when the rest is out.
#![forbid(unsafe_code)]

use super::describe::{self, Outcome};
use super::fault::{Fault, History, Kind, Operation};
use super::line::Line;
use super::maps::{Question, Survey};
use crate::platform::thread::Word;
use crate::platform::unwind::{self, Frame};
use crate::platform::{abort, errno, file, image, output, process, thread, threads};
use core::ops::Range;
use core::sync::atomic::{AtomicI32, AtomicU8, AtomicU32, AtomicUsize, Ordering};

/// Calls that a report looks at, the library's own included.
const FRAMES: usize = 24;

/// Bytes read at once from the list of mappings.
const PIECE: usize = 512;

/// How long a thread waits for another one's report, in steps of so many milliseconds.
const WAITS: u32 = 500;
const WAIT_MS: u32 = 10;

/// Where reports go.
static LOG_FD: AtomicI32 = AtomicI32::new(2);

/// The thread that is reporting, or zero.
static REPORTER: AtomicUsize = AtomicUsize::new(0);

/// The process whose reporter has written all it has to say and is about to end it, or zero. A child that
/// `vfork` made shares this memory, and its parent goes on.
static TOLD_IN: AtomicU32 = AtomicU32::new(0);

/// The first line of the last report, for debuggers: text that ends with a zero byte.
#[repr(transparent)]
pub(crate) struct Message([AtomicU8; Message::BYTES]);

/// What `starmalloc_abort_message` points to.
pub(crate) static MESSAGE: Message = Message::new();

impl Message {
    /// Bytes of the longest message, its zero byte included.
    pub(crate) const BYTES: usize = 256;

    /// No message.
    const fn new() -> Self {
        Self([const { AtomicU8::new(0) }; Self::BYTES])
    }

    /// Keeps `text`, as much as fits.
    fn keep(&self, text: &[u8]) {
        // Relaxed: the only reader looks at a process that has stopped.
        let Some((last, rest)) = self.0.split_last() else { return };
        for (i, place) in rest.iter().enumerate() {
            place.store(text.get(i).copied().unwrap_or(0), Ordering::Relaxed);
        }
        last.store(0, Ordering::Relaxed);
    }

    /// The message, without the zero byte.
    #[cfg(test)]
    pub(super) fn text(&self) -> Vec<u8> {
        let bytes = self.0.iter().map(|byte| byte.load(Ordering::Relaxed));
        bytes.take_while(|byte| *byte != 0).collect()
    }
}

/// Sends reports to `fd` from now on.
pub(crate) fn set_log_fd(fd: i32) {
    LOG_FD.store(fd, Ordering::Relaxed);
}

/// Writes one line that is not about a fault: a warning or what `verbose` asks for.
pub(crate) fn say(write: impl FnOnce(&mut Line)) {
    let errno_before = errno::get();
    let mut line = Line::new();
    line.text("starmalloc: ");
    write(&mut line);
    put_gently(&mut line);
    errno::set(errno_before);
}

/// Reports `fault` and aborts. The caller holds no lock.
#[cold]
#[inline(never)]
pub(crate) fn die(fault: &Fault, histories: &[History<'_>]) -> ! {
    let errno_before = errno::get();
    begin();
    report(fault, histories, Outcome::Stop, &mut put);
    errno::set(errno_before);
    // A handler of SIGABRT may allocate and even fault again; the thread stays the reporter, so
    // that a second fault ends the process at once.
    let process = process::pid();
    if TOLD_IN.swap(process, Ordering::Relaxed) == process {
        // Its handler did not end the process the first time, and libc's lock for it may still be held.
        abort::abort_now()
    }
    abort::abort()
}

/// Whether the calling thread has reported and is about to end the process: it runs a handler of SIGABRT,
/// or jumped out of one.
pub(crate) fn is_ending() -> bool {
    thread::load(Word::Reports) != 0
}

/// Reports `fault` and returns, with errno as it was. The caller holds no lock.
#[cold]
#[inline(never)]
pub(crate) fn tell(fault: &Fault, histories: &[History<'_>]) {
    tell_with(fault, histories, Outcome::GoOn);
}

/// Reports `fault`, after which the kernel ends the process, and returns with errno as it was. The
/// caller holds no lock.
#[cold]
#[inline(never)]
pub(crate) fn announce_end(fault: &Fault, histories: &[History<'_>]) {
    tell_with(fault, histories, Outcome::Stop);
}

fn tell_with(fault: &Fault, histories: &[History<'_>], outcome: Outcome) {
    let errno_before = errno::get();
    begin();
    let put = if outcome == Outcome::GoOn { put_gently } else { put };
    report(fault, histories, outcome, &mut { put });
    thread::store(Word::Reports, 0);
    // Release: pairs with the Acquire in `begin`, so that messages do not mix.
    REPORTER.store(0, Ordering::Release);
    errno::set(errno_before);
}

/// Makes the calling thread the reporter. A fault while reporting ends the process.
fn begin() {
    let reports = thread::load(Word::Reports) != 0 && !was_a_child();
    if reports || !take_turn() {
        abort::abort_now()
    }
    thread::store(Word::Reports, 1);
}

/// Whether it was a child in this very memory that reported, and ended itself.
fn was_a_child() -> bool {
    let told = TOLD_IN.load(Ordering::Relaxed);
    told != 0 && told != process::pid()
}

/// While another thread reports, this one waits: its fault is likely a consequence. When the other is done
/// and the process does not end (a handler of SIGABRT never returns, or was left by a jump), it is this
/// one's turn. `false` when the other seems stuck in its report.
fn take_turn() -> bool {
    // No system call before the first line: a filter may kill at any but `write`.
    let me = thread::identity();
    let mut reporter = 0;
    for _ in 0..WAITS {
        // Acquire: pairs with the Release in `tell`.
        match REPORTER.compare_exchange(0, me, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => return true,
            // It reported and ended since; this thread has its identity.
            Err(other) if other == me => return true,
            Err(other) => reporter = other,
        }
        process::pause_ms(WAIT_MS);
    }
    TOLD_IN.load(Ordering::Relaxed) != 0
        && REPORTER.compare_exchange(reporter, me, Ordering::Acquire, Ordering::Relaxed).is_ok()
}

/// In a forked child: it has a copy of the reporter's name, and not its report.
pub(crate) fn restart_in_child() {
    if REPORTER.load(Ordering::Relaxed) != 0 {
        REPORTER.store(0, Ordering::Relaxed);
        TOLD_IN.store(0, Ordering::Relaxed);
        thread::store(Word::Reports, 0);
    }
}

/// Ends `line` and writes it with one call, and none before: to standard error where the program closed the
/// descriptor that was chosen.
fn put(line: &mut Line) {
    put_by(output::write_all, line);
}

/// The same, where the process goes on.
fn put_gently(line: &mut Line) {
    put_by(output::write_gently, line);
}

fn put_by(write: fn(i32, &[u8]) -> bool, line: &mut Line) {
    let (chosen, line) = (LOG_FD.load(Ordering::Relaxed), line.finish());
    if !write(chosen, line) && chosen != output::STANDARD_ERROR {
        write(output::STANDARD_ERROR, line);
    }
}

/// Bytes of stack that naming the thread and the places takes, nearly seven, with some to spare.
const STACK_NEEDED: usize = 8 << 10;

/// Writes all lines of a report through `put`.
pub(super) fn report(
    fault: &Fault,
    histories: &[History<'_>],
    outcome: Outcome,
    put: &mut dyn FnMut(&mut Line),
) {
    let is_secure = process::is_secure();
    first_line(fault, outcome, is_secure, put);
    // Whoever sees the output of a privileged program learns nothing about its memory.
    if is_secure {
        return;
    }
    facts(fault, put);
    // What follows needs more stack than there may be.
    if process::signal_stack_left().is_some_and(|left| left < STACK_NEEDED) {
        return;
    }
    reporter(put);
    places(fault, put);
    for history in histories {
        past(history, put);
    }
}

/// Writes who did something to the block earlier.
#[inline(never)]
fn past(history: &History<'_>, put: &mut dyn FnMut(&mut Line)) {
    let mut questions = [Question::about(0); FRAMES];
    let count = history.calls.len().min(FRAMES);
    for (question, call) in questions.iter_mut().zip(history.calls) {
        *question = Question::about_code(*call, unwind::bias_at(*call));
    }
    let questions = questions.get_mut(..count).unwrap_or(&mut []);
    look_up(questions);
    let mut line = describe::fact(history.did);
    line.text(" by thread ").decimal(u64::from(history.thread));
    put(&mut line);
    for (i, call) in questions.iter().enumerate() {
        frame(i, call, put);
    }
}

/// Writes the line that says what happened, and keeps it.
#[inline(never)]
fn first_line(fault: &Fault, outcome: Outcome, is_secure: bool, put: &mut dyn FnMut(&mut Line)) {
    let mut line = describe::headline(fault, outcome, is_secure);
    MESSAGE.keep(line.as_bytes());
    put(&mut line);
}

/// Writes what is known without asking for anything. Line by line, and not in one frame with what
/// comes later: the stack may be that of a signal handler, and short.
#[inline(never)]
fn facts(fault: &Fault, put: &mut dyn FnMut(&mut Line)) {
    write(|| fault.block.as_ref().map(describe::block), put);
    write(|| describe::state(fault), put);
    write(|| describe::evidence(&fault.evidence), put);
    write(|| describe::note(fault), put);
    write(|| Some(describe::see(fault.kind)), put);
}

/// Writes a line if there is one, in a frame of its own.
#[inline(never)]
fn write(make: impl FnOnce() -> Option<Line>, put: &mut dyn FnMut(&mut Line)) {
    if let Some(mut line) = make() {
        put(&mut line);
    }
}

/// Writes who reports.
#[inline(never)]
fn reporter(put: &mut dyn FnMut(&mut Line)) {
    let (thread, process) = (process::thread_name(), process::process_name());
    put(&mut describe::thread(process::tid(), &thread, process::pid(), &process));
}

/// Writes what a foreign address belongs to, who called, and the stack from there outwards.
#[inline(never)]
fn places(fault: &Fault, put: &mut dyn FnMut(&mut Line)) {
    let mut questions = [Question::about(fault.address); 1 + FRAMES];
    let Some((_, calls)) = questions.split_first_mut() else { return };
    let count = calls_into(calls);
    look_up(questions.get_mut(..=count).unwrap_or(&mut []));
    let [address, calls @ ..] = &questions;
    let may_be_anothers = matches!(fault.kind, Kind::Foreign | Kind::Wild | Kind::Unaligned);
    // What lies in or beside a block of ours is no one else's.
    if may_be_anothers && fault.block.is_none() {
        owner(address, put);
    }
    // The first call of a signal handler is libc's way back to what was interrupted.
    let skipped = usize::from(fault.operation == Operation::Access);
    let calls = calls.get(skipped..count).unwrap_or(&[]);
    if let Some(caller) = calls.first() {
        from(fault, caller, put);
    }
    for (i, call) in calls.iter().enumerate() {
        frame(i, call, put);
    }
}

#[inline(never)]
fn from(fault: &Fault, caller: &Question, put: &mut dyn FnMut(&mut Line)) {
    let mut line = describe::fact("from");
    let joint = if fault.operation == Operation::Access { " by " } else { " called by " };
    line.text(fault.operation.text()).text(joint);
    caller.write_code(&mut line);
    put(&mut line);
}

#[inline(never)]
fn frame(number: usize, call: &Question, put: &mut dyn FnMut(&mut Line)) {
    let mut line = describe::fact("stack");
    line.text("#").count(number).text(" ");
    call.write_code(&mut line);
    put(&mut line);
}

/// Writes what a foreign address belongs to.
#[inline(never)]
fn owner(address: &Question, put: &mut dyn FnMut(&mut Line)) {
    let mut line = describe::fact("memory");
    let of_thread = |mapping: Range<usize>| threads::with_stack(|at| mapping.contains(&at));
    match address.unexplained().and_then(of_thread) {
        Some(tid) => address.write_stack_of(&mut line, tid, &threads::name(tid)),
        None => address.write_owner(&mut line),
    }
    put(&mut line);
}

/// Fills `calls` with the program's calls, the one into the library first, and returns how many
/// there are. The library's own say nothing about the program.
#[inline(never)]
fn calls_into(calls: &mut [Question]) -> usize {
    let mut frames = [Frame::NONE; FRAMES];
    let count = unwind::capture(&mut frames);
    let frames = frames.iter().take(count);
    let frames = frames.skip_while(|frame| image::holds(frame.address));
    let questions = frames.map(|frame| Question::about_code(frame.address, frame.bias));
    let mut count = 0;
    for (place, question) in calls.iter_mut().zip(questions) {
        *place = question;
        count += 1;
    }
    count
}

/// Answers `questions` by one pass over the kernel's list of mappings, if that can be read.
#[inline(never)]
fn look_up(questions: &mut [Question]) {
    let mut piece = [0; PIECE];
    let own_stack = core::ptr::from_ref(&piece).addr();
    let Ok(file) = file::File::open_read(c"/proc/self/maps") else { return };
    let mut survey = Survey::new(questions, own_stack);
    loop {
        let read = file.read(&mut piece);
        match piece.get(..read) {
            Some([]) | None => return,
            Some(piece) => survey.feed(piece),
        }
    }
}

/// Whether the kernel's list of mappings has `address`. Leaves errno alone.
#[cold]
#[inline(never)]
pub(crate) fn is_mapped(address: usize) -> bool {
    let errno_before = errno::get();
    let mut questions = [Question::about(address)];
    look_up(&mut questions);
    errno::set(errno_before);
    questions.iter().all(Question::is_answered)
}

/// Becomes the reporter, writes the first line and calls `next` where the second is due.
#[cfg(test)]
pub(super) fn interrupted(fault: &Fault, next: impl FnOnce()) {
    begin();
    put(&mut describe::headline(fault, Outcome::Stop, false));
    next();
}
