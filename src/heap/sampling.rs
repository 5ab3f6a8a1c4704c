//! Which allocations become samples, and what is noted of them.

use super::slow::{self, Wanted, with_generator};
use crate::base::addr::Addr;
use crate::base::generator::Generator;
use crate::base::index::ClassId;
use crate::base::size::Size;
use crate::cache::{magazine, shape};
use crate::geometry::classes::usable_bytes;
use crate::large::mapping::{End, Request};
use crate::large::table;
use crate::region::current::{self, Current};
use crate::region::samples;
use crate::report;
use crate::sample::due;
use crate::sample::profile;
use crate::sample::record::{self, Record};
use crate::sample::trace::Trace;
use core::sync::atomic::{AtomicBool, Ordering};

/// What a refill is to do for the samples.
#[derive(Clone, Copy, Default)]
pub(super) struct Plan {
    /// Slots that were counted.
    counted: u32,
    /// The allocation behind so many more is to become a sample that stands for so many bytes.
    later: Option<(u16, u64)>,
}

/// Serves `wanted` by a sample if that is the one that is due among the slots that a refill of its magazine
/// would bring; if not, gives the thread's cache back, and what remains to be done after the refill.
#[cold]
pub(super) fn take(mut current: Current, wanted: Wanted) -> Result<Addr, (Current, Plan)> {
    let class = wanted.class;
    let (cache, entries) = current.parts();
    magazine::show(cache, entries, class);
    let owed = magazine::take_due(cache, class).map(|(stands_for, _)| stands_for);
    let slots =
        cache.classes.get(class.get()).map_or(1, |part| shape::next_batch(part, class)) as u32;
    let bytes = slots as usize * usable_bytes(class);
    let due = owed.or_else(|| due::is_due(slots, bytes, &mut cache.generator));
    let Some(stands_for) = due else { return Err((current, Plan { counted: slots, later: None })) };
    // Any of the coming allocations, or it would always be the first after others came and went.
    if owed.is_none()
        && let Some(visible) = cache.generator.next_below(slots).checked_sub(1)
    {
        let later = Some((visible as u16, stands_for));
        return Err((current, Plan { counted: slots, later }));
    }
    let is_upper = cache.generator.next_below(2) == 0;
    current::put(current);
    let served = allocate(wanted, if is_upper { End::Upper } else { End::Lower }, stands_for);
    match owed {
        _ if served.is_none() => {}
        // It took the place of one slot, and the refill is still to come.
        None => due::retract(slots - 1, bytes - usable_bytes(class)),
        // All slots that were counted are still there: it is one allocation more.
        Some(_) => due::count(1, usable_bytes(class)),
    }
    match (served, current::take()) {
        (Some(address), Some(current)) => {
            current::put(current);
            Ok(address)
        }
        (Some(address), None) => Ok(address),
        (None, Some(current)) => {
            // The refill comes in its place.
            if owed.is_some() {
                due::count(slots, bytes);
            }
            Err((current, Plan { counted: slots, later: None }))
        }
        // A thread that just put its cache back has it.
        (None, None) => Ok(slow::refuse()),
    }
}

/// What is left to do when the magazine of `class` was refilled, and `handed_out` slots were at once: takes back
/// what was counted and did not come, and hides what comes after the next sample.
pub(super) fn settle(current: &mut Current, class: ClassId, plan: Plan, handed_out: u32) {
    let brought = u32::from(magazine::len(current.cache(), class)) + handed_out;
    let missing = plan.counted.saturating_sub(brought);
    due::retract(missing, missing as usize * usable_bytes(class));
    if let Some((visible, stands_for)) = plan.later {
        magazine::hide(current.cache(), class, visible, stands_for);
    }
}

/// Lets `work` move slots into the magazine of `class`: they will be allocated. If a sample falls due
/// among them, one of the next allocations of the class is made to come here.
#[inline]
pub(super) fn watch<T>(
    current: &mut Current,
    class: ClassId,
    work: impl FnOnce(&mut Current) -> T,
) -> T {
    if !samples::are_there() {
        return work(current);
    }
    let before = magazine::len(current.cache(), class);
    let done = work(current);
    arm(current, class, before);
    done
}

#[cold]
fn arm(current: &mut Current, class: ClassId, before: u16) {
    let cache = current.cache();
    let slots = u32::from(magazine::len(cache, class).saturating_sub(before));
    let bytes = slots as usize * usable_bytes(class);
    let owed = magazine::take_due(cache, class);
    let new = if slots > 0 { due::is_due(slots, bytes, &mut cache.generator) } else { None };
    // Each slot that was counted stands for one allocation, in turn: what is owed keeps its place, and what is
    // new gets its own behind all that were counted before.
    let new = new.map(|stands_for| {
        (stands_for, before.saturating_add(cache.generator.next_below(slots) as u16))
    });
    let one = match (owed, new) {
        (Some(owed), Some(new)) => Some(one_of(owed, new, &mut cache.generator)),
        (owed, new) => owed.or(new),
    };
    if let Some((stands_for, visible)) = one {
        magazine::hide(cache, class, visible, stands_for);
    }
}

/// One sample in place of two, which stands for both: at the place of either as often as its bytes are of theirs.
fn one_of(owed: (u64, u16), new: (u64, u16), generator: &mut Generator) -> (u64, u16) {
    let all = owed.0 + new.0;
    // Without a profile they stand for nothing, and one is worth as much as the other.
    let (part, whole) = if all == 0 { (1, 2) } else { (new.0, all) };
    let is_new =
        u64::from(generator.next_u16()).saturating_mul(whole) < part.saturating_mul(1 << 16);
    (all, if is_new { new.1 } else { owed.1 })
}

/// A block of its own between guards, with its record.
fn allocate(wanted: Wanted, end: End, stands_for: u64) -> Option<Addr> {
    let Wanted { size, align, kind, class } = wanted;
    if !has_room(stands_for) {
        return None;
    }
    let request = Request { size: Size::new(size)?, align, kind, room: 0, sample: Some(end) };
    let address = slow::map(request)?;
    // It was drawn among slots, and the profile is of what is asked for.
    note(address, size, part(stands_for, size, usable_bytes(class)), None);
    Some(address)
}

/// A large block was allocated: it becomes a sample if one is due.
#[cold]
pub(super) fn note_large(address: Addr, size: usize) {
    let due = with_generator(|generator| due::is_due(1, size, generator));
    if let Some(stands_for) = due
        && has_room(stands_for)
    {
        note(address, size, stands_for, None);
    }
}

/// A block of its own moved from `old` or has another size. What it grew by may become a sample like
/// what is allocated; of what it lost its record stands for so much less.
pub(super) fn note_resize(old: Addr, old_size: usize, new: Addr, size: usize) {
    if !samples::are_there() {
        return;
    }
    let before = record::forget(old);
    let kept = before.map_or(0, |record| part(record.stands_for, size.min(old_size), old_size));
    let grown = size.saturating_sub(old_size);
    let due =
        (grown > 0).then(|| with_generator(|generator| due::is_due(0, grown, generator))).flatten();
    if before.is_some() || due.is_some_and(has_room) {
        let allocated = before.filter(|_| due.is_none()).map(|record| record.allocated);
        note(new, size, kept + due.unwrap_or(0), allocated);
    }
}

/// As large a part of `bytes` as `some` is of `all`.
fn part(bytes: u64, some: usize, all: usize) -> u64 {
    let (some, all) = (some as u64, all.max(1) as u64);
    bytes / all * some + bytes % all * some / all
}

/// Whether one more sample, which stands for so many bytes, may live. Says once when that is not so: nothing will be
/// found then.
fn has_room(stands_for: u64) -> bool {
    static TOLD: AtomicBool = AtomicBool::new(false);
    let is_of_profile = stands_for > 0;
    let has = with_generator(|generator| {
        record::make_room(is_of_profile, || generator.next_below(2) == 0)
    });
    if has == Some(false) && !TOLD.swap(true, Ordering::Relaxed) {
        report::say(|line| {
            line.text("warning: ");
            line.decimal(record::most(is_of_profile) as u64);
            line.text(" samples are live: no more are taken until some are freed");
        });
    }
    has == Some(true)
}

/// Writes the profile that the options ask for, the `number`th that a signal asked for or the one at
/// exit, and a warning if that is not possible.
#[inline(never)]
pub(crate) fn write_profile(number: Option<u32>) {
    if let Some(errno) = profile::write(number) {
        report::say(|line| {
            line.text("warning: the file of the option profile cannot be made: errno ");
            line.decimal(u64::from(errno.unsigned_abs()));
        });
    }
}

/// Makes a record, of an allocation by who calls unless that was `allocated` before.
fn note(address: Addr, size: usize, stands_for: u64, allocated: Option<Trace>) {
    let Some(extent) = table::lock().ok().and_then(|table| table.find(address)) else { return };
    record::add(&Record {
        address,
        base: extent.base,
        end: extent.end(),
        size,
        stands_for,
        allocated: allocated.unwrap_or_else(Trace::here),
        freed: None,
    });
}
