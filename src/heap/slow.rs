//! Everything that the hot paths leave to others: first use, refill and flush, zero sizes, large
//! sizes, pointers outside the data region, allocation without a cache.

use super::careful::{self, hand_out};
use super::free::{Claim, check_claim};
use super::{fault, figures, sampling, start, thread, touch, zero};
use crate::base::addr::Addr;
use crate::base::generator::Generator;
use crate::base::index::{ClassId, Place, SlotId};
use crate::base::size::{Align, Size};
use crate::base::sync::{AtomicU64, Ordering};
use crate::cache::{Trouble, direct, exchange, pool, trim, troubles};
use crate::geometry::classes::{self, LAST_CLASS};
use crate::large::mapping::Request;
use crate::large::{self, free::LargeFlaw};
use crate::options::RssAction;
use crate::platform::errno;
use crate::region::current::{self, Current};
use crate::region::limit;
use crate::region::samples;
use crate::region::sealed::sealed;
use crate::sample::record;
use crate::slot::life::Slot;
use crate::slot::state::Kind;

/// A request and the class that serves it.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    /// The class.
    pub(super) class: ClassId,
    /// Bytes asked for.
    pub(super) size: usize,
    /// Alignment asked for.
    pub(super) align: Align,
    /// By which family of functions.
    pub(super) kind: Kind,
}

/// Refills the magazine of the class and allocates from it.
#[inline(never)]
pub(super) fn refill_and_allocate(
    current: Current,
    class: ClassId,
    size: usize,
    align: Align,
    kind: Kind,
) -> Addr {
    refill(current, Wanted { class, size, align, kind })
}

fn refill(mut current: Current, wanted: Wanted) -> Addr {
    let class = wanted.class;
    let mut plan = sampling::Plan::default();
    if samples::are_there() {
        match sampling::take(current, wanted) {
            Ok(address) => return address,
            Err(still) => (current, plan) = still,
        }
    }
    let slot = exchange::refill(&mut current, class);
    if samples::are_there() {
        let handed_out = u32::from(matches!(slot, Ok(Some(_))));
        sampling::settle(&mut current, class, plan, handed_out);
    }
    current::put(current);
    give_back_retained();
    match slot {
        Ok(Some(place)) => hand_out(Slot::at(place), wanted.size, wanted.kind),
        Ok(None) => allocate_elsewhere(wanted),
        Err(trouble) => {
            fault::in_transit(trouble);
            allocate_elsewhere(wanted)
        }
    }
}

/// Allocates for a thread that has no cache for the hot paths: uses the one it has, makes it one, or
/// does without.
#[cold]
#[inline(never)]
pub(super) fn allocate_without_cache(
    class: ClassId,
    size: usize,
    align: Align,
    kind: Kind,
) -> Addr {
    let wanted = Wanted { class, size, align, kind };
    if !sealed().hot_paths
        && let Some(mut current) = current::take()
    {
        let Some(slot) = careful::pop(&mut current, class) else { return refill(current, wanted) };
        current::put(current);
        return hand_out(slot, size, kind);
    }
    if let Some(mut current) = thread::adopt() {
        // One that a fork set aside has slots.
        let Some(slot) = careful::pop(&mut current, class) else { return refill(current, wanted) };
        current::put(current);
        return hand_out(slot, size, kind);
    }
    if !start::is_done() {
        return refuse();
    }
    match take_one(class) {
        Some(slot) => hand_out(Slot::at(Place { class, slot }), wanted.size, wanted.kind),
        None => allocate_elsewhere(wanted),
    }
}

/// Nothing of the right class is to be had: larger classes, then a mapping of its own. When all of
/// that fails, whatever lies idle anywhere is given back, and all is tried once more.
#[cold]
fn allocate_elsewhere(wanted: Wanted) -> Addr {
    if let Some(address) = spill(wanted) {
        return address;
    }
    let found = give_up_what_is_idle().then(|| match take_one(wanted.class) {
        Some(slot) => {
            let place = Place { class: wanted.class, slot };
            Some(hand_out(Slot::at(place), wanted.size, wanted.kind))
        }
        None => spill(wanted),
    });
    found.flatten().unwrap_or_else(|| refuse_for(wanted.size))
}

/// Large requests that are so many times what slots have open are refused without giving up what is idle there: it would
/// hardly help, and whoever has a say in one length could empty the quarantines.
const HOPELESS: usize = 8;

/// Gives up what may make room for a large request. Says whether that may help.
#[cold]
fn give_up_for(size: Size) -> bool {
    if size.get() / HOPELESS > trim::open_bytes() {
        return large::free::give_back_everything();
    }
    give_up_what_is_idle()
}

/// Gives everything idle back to the system. Says whether that may help.
#[cold]
fn give_up_what_is_idle() -> bool {
    thread::give_all_up();
    let retracted = trim::retract_all();
    large::free::give_back_everything() || retracted
}

/// Allocates in a larger class, or in a mapping of its own.
fn spill(wanted: Wanted) -> Option<Addr> {
    let Wanted { class, size, align, kind } = wanted;
    let larger = (class.get() + 1..=LAST_CLASS).filter_map(ClassId::new);
    let fitting = larger.filter(|class| {
        classes::slot_bytes(*class).is_multiple_of(align.get()) && classes::records(*class, size)
    });
    for class in fitting {
        if let Some(slot) = take_one(class) {
            return Some(hand_out(Slot::at(Place { class, slot }), size, kind));
        }
    }
    map(Request { size: Size::new(size)?, align, kind, room: 0, sample: None })
}

/// Allocates a size that no slot serves: zero, or a large one.
#[inline(never)]
pub(super) fn allocate_unclassed(size: usize, kind: Kind) -> Addr {
    if size == 0 {
        let empty = if start::ensure() { zero::allocate(kind) } else { None };
        return empty.unwrap_or_else(|| refuse_for(size));
    }
    match Size::new(size) {
        Some(size) => allocate_large(size, Align::MIN, kind),
        None => refuse_for(size),
    }
}

/// Allocates a `size` of nothing at a multiple of `align`.
#[cold]
#[inline(never)]
pub(super) fn allocate_empty(size: Size, align: Align, kind: Kind) -> Addr {
    if !start::ensure() {
        return refuse();
    }
    zero::allocate_aligned(align, kind).unwrap_or_else(|| allocate_large(size, align, kind))
}

/// Allocates in a mapping of its own.
#[inline(never)]
pub(super) fn allocate_large(size: Size, align: Align, kind: Kind) -> Addr {
    allocate_with_room(size, align, kind, 0)
}

/// As `allocate_large`, with `room` bytes of address space behind it for growth.
pub(super) fn allocate_with_room(size: Size, align: Align, kind: Kind, room: usize) -> Addr {
    if !start::ensure() {
        return refuse();
    }
    let request = Request { size, align, kind, room, sample: None };
    let found = map(request).or_else(|| give_up_for(size).then(|| map(request)).flatten());
    if samples::are_there()
        && let Some(address) = found
    {
        sampling::note_large(address, size.get());
    }
    found.unwrap_or_else(|| refuse_for(size.get()))
}

pub(super) fn map(request: Request) -> Option<Addr> {
    let recorded = Request { kind: request.kind.family(), ..request };
    let found = with_generator(|generator| large::allocate::allocate(recorded, generator));
    tick();
    if let Some(address) = found
        && request.kind != Kind::Zeroed
    {
        careful::fill(address, 0, request.size.get());
    }
    found
}

/// There is no memory for `bytes`: a refusal, or a report if the options say so.
#[cold]
pub(crate) fn refuse_for(bytes: usize) -> Addr {
    if limit::is_exceeded() && sealed().options.rss_limit_action == RssAction::Stop {
        fault::memory_limit(bytes);
    } else if !sealed().options.may_return_null {
        fault::out_of_memory(bytes);
    }
    refuse()
}

/// There is no memory: null, and `ENOMEM` in errno.
#[cold]
#[inline(never)]
pub(super) fn refuse() -> Addr {
    errno::set(errno::ENOMEM);
    Addr::NULL
}

/// Takes one slot of `class` from the central records.
fn take_one(class: ClassId) -> Option<SlotId> {
    pool::with_generator(|generator| direct::take(class, generator))
}

/// Lets `use_it` draw from the thread's generator, or from the pool's if the thread has none.
pub(super) fn with_generator<T>(use_it: impl FnOnce(&mut Generator) -> T) -> T {
    let Some(mut current) = current::take().or_else(thread::adopt) else {
        return pool::with_generator(use_it);
    };
    let result = use_it(&mut current.cache().generator);
    current::put(current);
    result
}

/// Looks after idle memory: a program may work with large blocks only.
fn tick() {
    // Not in a signal handler that interrupted the use of the cache: a tick takes locks.
    let Some(current) = current::take() else { return };
    let ticked = exchange::tick();
    finish(current, ticked);
}

/// What every slow operation ends with: the cache put back, and then what came of it told.
fn finish(current: Current, result: Result<(), Trouble>) {
    current::put(current);
    give_back_retained();
    if let Err(trouble) = result {
        fault::in_transit(trouble);
    }
}

/// Makes room in the line of `class`, which is full.
#[inline(never)]
pub(super) fn make_room(mut current: Current, class: ClassId) {
    let done = sampling::watch(&mut current, class, |current| exchange::make_room(current, class));
    finish(current, done);
}

/// Makes room in the cache for a retired slot.
#[inline(never)]
pub(super) fn make_room_and_enqueue(mut current: Current, place: Place) {
    let done = enqueue(&mut current, place);
    finish(current, done);
}

fn enqueue(current: &mut Current, place: Place) -> Result<(), Trouble> {
    sampling::watch(current, place.class, |current| exchange::enqueue(current, place))
}

/// Takes a retired slot back without a cache.
#[cold]
#[inline(never)]
pub(super) fn enqueue_without_cache(place: Place) {
    if let Some(current) = thread::adopt_to_free() {
        return make_room_and_enqueue(current, place);
    }
    let given_back = match thread::borrow() {
        Some(mut lent) => {
            let done = enqueue(&mut lent, place);
            troubles::both(done, thread::go_home(lent))
        }
        None => direct::give_back(place),
    };
    if let Err(trouble) = given_back {
        fault::in_transit(trouble);
    }
}

/// Frees what does not start a slot of the data region: null, a zero-size or a large allocation, or
/// nothing of ours.
#[inline(never)]
pub(super) fn free_elsewhere(address: Addr, claim: Claim) {
    if address == Addr::NULL {
        return;
    }
    if sealed().layout.holds(address) {
        return zero::free(address, claim);
    }
    match large::free::check(address) {
        Ok(Some((extent, kind))) => {
            if let Some(size) = claim.size
                && sealed().options.sized_free_check
                && size != extent.size
            {
                fault::wrong_size_large(address, extent.size, size, claim.operation);
            }
            check_claim(address, Some(kind), claim);
            if let Err(flaw) =
                with_generator(|generator| large::free::retire(address, extent, generator))
            {
                fault::at_large(address, flaw, claim.operation);
            } else if samples::are_there() {
                record::free(address);
            }
        }
        // A signal handler interrupted the table's holder: the allocation is left as it is.
        Ok(None) => {}
        Err(LargeFlaw::Unknown) => fault::at_unknown(address, claim.operation),
        Err(flaw) => fault::at_large(address, flaw, claim.operation),
    }
}

/// The period of idle memory in which retained ranges were last looked at.
static SEEN_PERIOD: AtomicU64 = AtomicU64::new(0);

/// Gives overdue retained ranges back, once a period; the cache layer counts the periods.
fn give_back_retained() {
    if sealed().options.share_stats {
        figures::share();
    }
    let period = trim::period();
    if period != SEEN_PERIOD.load(Ordering::Relaxed) {
        SEEN_PERIOD.store(period, Ordering::Relaxed);
        touch::watch();
        large::free::give_back_overdue(period, false);
    }
}
