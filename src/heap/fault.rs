//! From a flaw that a lower layer found to a report with all that is known about it.
//!
//! No lock is held here and the thread's cache is back in its place, so that a SIGABRT handler may
//! allocate. Every function returns when the options say to report and go on.

use super::free::Claim;
use super::unknown;
use crate::base::addr::Addr;
use crate::base::index::Place;
use crate::cache::{Trouble, troubles};
use crate::geometry::classes::{slot_bytes, usable_bytes};
use crate::large::extent::{Extent, Status};
use crate::large::free::LargeFlaw;
use crate::large::table;
use crate::options::FaultAction;
use crate::platform::errno;
use crate::region::bytes;
use crate::region::samples;
use crate::region::sealed::sealed;
use crate::report::{self, Block, Evidence, Family, Fault, History, Kind, Operation};
use crate::sample::record::{self, Record};
use crate::sample::trace::Trace;
use crate::slot::life::{self, Flaw, Slot};
use crate::slot::state;
use core::sync::atomic::{AtomicU32, Ordering};

/// Faults reported so far by a process that goes on after them.
static REPORTED: AtomicU32 = AtomicU32::new(0);

/// How many faults this process reported and survived.
pub(super) fn reported() -> u32 {
    REPORTED.load(Ordering::Relaxed)
}

/// Reports, and stops unless told to go on.
#[cold]
#[inline(never)]
fn raise(fault: &Fault) {
    if samples::are_there() {
        return raise_with_histories(fault);
    }
    deliver(fault, &[]);
}

/// As `raise`, with who allocated and freed a sample. Apart, for a report has to fit a short stack.
#[inline(never)]
fn raise_with_histories(fault: &Fault) {
    let sample = record::find(Addr::new(fault.address));
    with_histories(sample.as_ref(), |histories| deliver(fault, histories));
}

fn deliver(fault: &Fault, histories: &[History<'_>]) {
    let options = &sealed().options;
    if options.on_fault == FaultAction::Abort {
        // A handler of SIGABRT that allocates may be given the slot that a sweep reported, or another one
        // of its kind. It gets it wiped: no harm comes of it.
        if matches!(fault.kind, Kind::WriteAfterFree | Kind::UnusedWritten) && report::is_ending() {
            return;
        }
        report::die(fault, histories);
    }
    if REPORTED.fetch_add(1, Ordering::Relaxed) < options.report_count {
        report::tell(fault, histories);
    }
}

/// Hands on who allocated and freed a sample.
pub(super) fn with_histories(sample: Option<&Record>, then: impl FnOnce(&[History<'_>])) {
    let Some(sample) = sample else { return then(&[]) };
    fn by<'a>(did: &'static str, trace: &'a Trace) -> History<'a> {
        History { did, thread: trace.thread, calls: trace.calls() }
    }
    let allocated = by("allocated", &sample.allocated);
    match &sample.freed {
        Some(freed) => then(&[allocated, by("freed", freed)]),
        None => then(&[allocated]),
    }
}

/// A slot that was about to be handed out for `size` bytes is wrong. Going on, it is wiped first.
#[cold]
#[inline(never)]
pub(super) fn at_reuse(at: Addr, flaw: Flaw, size: usize, kind: state::Kind) -> Addr {
    let Some(place) = sealed().layout.place_of(at) else { return Addr::NULL };
    at_slot(place, flaw, Operation::Allocate);
    Slot::at(place).hand_out_wiped(size, kind)
}

/// A slot on its way between caches and records is wrong.
#[cold]
#[inline(never)]
pub(super) fn in_transit(trouble: Trouble) {
    in_batch(trouble, Operation::Free);
}

/// The first trouble of a batch, and all others that came with it, as far as they were kept.
fn in_batch(first: Trouble, operation: Operation) {
    at_slot(first.place, first.flaw, operation);
    let lost = troubles::take_all(|trouble| at_slot(trouble.place, trouble.flaw, operation));
    let before = REPORTED.fetch_add(lost as u32, Ordering::Relaxed);
    if lost > 0 && before < sealed().options.report_count {
        report::say(|line| {
            line.decimal(lost).text(" more faults of the same batch are not told");
        });
    }
}

/// A slot that a sweep came across is wrong.
#[cold]
#[inline(never)]
pub(super) fn at_sweep(place: Place, flaw: Flaw) {
    at_slot(place, flaw, Operation::Sweep);
}

/// A slot that a thread's cache held when the thread ended is wrong.
#[cold]
#[inline(never)]
pub(super) fn at_thread_exit(trouble: Trouble) {
    in_batch(trouble, Operation::ThreadExit);
}

/// The limit on resident memory is reached, and the options say to stop.
#[cold]
#[inline(never)]
pub(super) fn memory_limit(bytes: usize) {
    let fault = Fault::new(Kind::MemoryLimit, Operation::Allocate, 0)
        .with(Evidence::Request { bytes, errno: errno::ENOMEM });
    raise(&fault);
}

/// There is no memory for a request, and the options say to stop.
#[cold]
#[inline(never)]
pub(super) fn out_of_memory(bytes: usize) {
    let fault = Fault::new(Kind::OutOfMemory, Operation::Allocate, 0)
        .with(Evidence::Request { bytes, errno: errno::ENOMEM });
    raise(&fault);
}

/// A slot that the program named, or that was next in line, is wrong.
#[cold]
#[inline(never)]
pub(super) fn at_slot(place: Place, flaw: Flaw, operation: Operation) {
    let at = sealed().layout.address_of(place);
    let found = life::state(place);
    let fault = Fault::new(kind_of(flaw, found), operation, at.get())
        .in_block(block(place, 0, found))
        .in_state(state_of(found))
        .with(evidence(place, at, flaw, found));
    raise(&fault);
}

fn kind_of(flaw: Flaw, found: state::State) -> Kind {
    match flaw {
        Flaw::NotLive if found == state::State::FRESH || found == state::State::DEAD => {
            Kind::NeverAllocated
        }
        Flaw::NotLive | Flaw::FreedTwice | Flaw::Returned => Kind::Freed,
        Flaw::Canary => Kind::CanaryOverwritten,
        Flaw::Slack => Kind::SlackOverwritten,
        Flaw::Before => Kind::Underflow,
        Flaw::WriteAfterFree => Kind::WriteAfterFree,
        Flaw::Unused => Kind::UnusedWritten,
        Flaw::NotFree => Kind::CorruptedState,
    }
}

pub(super) fn state_of(found: state::State) -> report::State {
    match found {
        state::State::FRESH => report::State::Fresh,
        state::State::DEAD => report::State::Dead,
        state::State::PURGED => report::State::Free,
        state::State::RETIRING => report::State::Quarantined,
        _ if found.is_free() => report::State::Free,
        _ if found.is_quarantined() => report::State::Quarantined,
        _ => report::State::Live,
    }
}

pub(super) fn block(place: Place, offset: usize, found: state::State) -> Block {
    Block {
        place: report::Place::Slot {
            slot: place.slot.bit(),
            slab: place.slot.slab().get(),
            arena: place.slot.arena().get() as u32,
        },
        size: slot_bytes(place.class),
        requested: life::requested_once(place, found),
        offset,
    }
}

/// What can be shown of a flaw.
fn evidence(place: Place, at: Addr, flaw: Flaw, found: state::State) -> Evidence {
    let usable = usable_bytes(place.class);
    let keys = sealed().canary_keys;
    let canary_at = |slot: Addr| Evidence::Canary {
        expected: keys.canary(slot).to_ne_bytes(),
        found: bytes::load(slot.plus(usable)).to_ne_bytes(),
    };
    match flaw {
        Flaw::Canary => canary_at(at),
        Flaw::Before if life::canary_is_due_before(place) => {
            canary_at(at.minus(slot_bytes(place.class)))
        }
        Flaw::Before => changed_before(at),
        Flaw::Slack => {
            let size = life::requested(place, found);
            changed(at, size, usable)
        }
        // Without a wipe the contents are the former owner's, and tell nothing.
        Flaw::WriteAfterFree if !sealed().options.zero_on_free => canary_at(at),
        Flaw::WriteAfterFree | Flaw::Unused => match changed(at, 0, usable) {
            Evidence::None => canary_at(at),
            evidence => evidence,
        },
        _ => Evidence::None,
    }
}

/// The first byte of `[at + from, at + to)` that is not zero, and some that follow.
fn changed(at: Addr, from: usize, to: usize) -> Evidence {
    let Some((offset, _)) = bytes::first_nonzero(at.plus(from), to - from) else {
        return Evidence::None;
    };
    let offset = from + offset;
    let len = (to - offset).min(8);
    let word = bytes::load(at.plus(offset + len - 8)).to_ne_bytes();
    let mut found = [0; 8];
    for (to, byte) in found.iter_mut().zip(word.into_iter().skip(8 - len)) {
        *to = byte;
    }
    Evidence::Changed { offset, found, len: len as u8 }
}

/// The first of the eight bytes before `at` that is not zero, and those up to `at`.
fn changed_before(at: Addr) -> Evidence {
    let before = bytes::load(at.minus(8)).to_ne_bytes();
    let zeros = before.iter().take_while(|byte| **byte == 0).count();
    let mut found = [0; 8];
    for (to, byte) in found.iter_mut().zip(before.into_iter().skip(zeros)) {
        *to = byte;
    }
    let distance = 8 - zeros;
    if distance == 0 {
        return Evidence::None;
    }
    Evidence::ChangedBefore { distance, found, len: distance as u8 }
}

/// An address that starts nothing of ours.
#[cold]
#[inline(never)]
pub(super) fn at_unknown(address: Addr, operation: Operation) {
    raise(&unknown::explained(address, operation));
}

/// The fault, `offset` bytes into a large allocation.
pub(super) fn in_large(fault: Fault, extent: &Extent, offset: usize) -> Fault {
    let is_live = matches!(extent.status, Status::Live(_));
    let state = if is_live { report::State::Live } else { report::State::Quarantined };
    fault.in_block(large_block(extent, offset)).in_state(state)
}

/// The fault, with what is known of the allocation that starts at its address.
fn in_its_block(fault: Fault, at: Addr) -> Fault {
    if let Some(position) = sealed().layout.position_of(at)
        && let Some(slot) = position.slot
    {
        let place = Place { class: position.class, slot };
        let found = life::state(place);
        return fault.in_block(block(place, 0, found)).in_state(state_of(found));
    }
    match table::lock().ok().and_then(|table| table.find(at)) {
        Some(extent) => in_large(fault, &extent, 0),
        None => fault,
    }
}

fn large_block(extent: &Extent, offset: usize) -> Block {
    Block {
        place: report::Place::Large,
        size: extent.body_len,
        requested: Some(extent.size),
        offset,
    }
}

/// A large allocation is wrong.
#[cold]
#[inline(never)]
pub(super) fn at_large(address: Addr, flaw: LargeFlaw, operation: Operation) {
    let fault = match flaw {
        LargeFlaw::Unknown => return at_unknown(address, operation),
        LargeFlaw::Freed(extent) => Fault::new(Kind::Freed, operation, address.get())
            .in_block(large_block(&extent, 0))
            .in_state(report::State::Quarantined),
        LargeFlaw::Overwritten(extent, at, byte) => {
            let found = [byte, 0, 0, 0, 0, 0, 0, 0];
            let (kind, evidence) = if at < address {
                let distance = address.offset_from(at);
                (Kind::Underflow, Evidence::ChangedBefore { distance, found, len: 1 })
            } else {
                let offset = at.offset_from(address);
                (Kind::SlackOverwritten, Evidence::Changed { offset, found, len: 1 })
            };
            in_large(Fault::new(kind, operation, address.get()), &extent, 0).with(evidence)
        }
    };
    raise(&fault);
}

/// The size stated at the free of a slot is wrong.
#[cold]
#[inline(never)]
pub(super) fn wrong_size(place: Place, at: Addr, claimed: usize, operation: Operation) {
    let found = life::state(place);
    let real = life::requested(place, found);
    let fault = Fault::new(Kind::SizeMismatch, operation, at.get());
    raise(&in_its_block(fault, at).with(Evidence::Sizes { claimed, real }));
}

/// The size stated at the free of a large allocation is wrong.
#[cold]
#[inline(never)]
pub(super) fn wrong_size_large(at: Addr, real: usize, claimed: usize, operation: Operation) {
    let fault = Fault::new(Kind::SizeMismatch, operation, at.get());
    raise(&in_its_block(fault, at).with(Evidence::Sizes { claimed, real }));
}

/// The alignment stated at a free is not one that the block can have been allocated with.
#[cold]
#[inline(never)]
pub(super) fn wrong_alignment(at: Addr, claimed: usize, operation: Operation) {
    let had = 1 << at.get().trailing_zeros();
    let fault = Fault::new(Kind::AlignmentMismatch, operation, at.get());
    raise(&in_its_block(fault, at).with(Evidence::Alignments { claimed, had }));
}

/// The family that frees is not the one that allocated.
#[cold]
#[inline(never)]
pub(super) fn wrong_family(at: Addr, made_by: state::Kind, claim: Claim) {
    let families =
        Evidence::Families { freed_by: family(claim.kind), allocated_by: family(made_by) };
    let fault = Fault::new(Kind::TypeMismatch, claim.operation, at.get());
    raise(&in_its_block(fault, at).with(families));
}

const fn family(kind: state::Kind) -> Family {
    match kind {
        state::Kind::Malloc | state::Kind::Zeroed => Family::Malloc,
        state::Kind::New => Family::New,
        state::Kind::NewArray => Family::NewArray,
    }
}
