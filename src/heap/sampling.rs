//! Which allocations become samples, and what is noted of them.

use super::slow::{self, Wanted, with_generator};
use crate::base::addr::Addr;
use crate::base::index::ClassId;
use crate::base::size::Size;
use crate::cache::magazine;
use crate::geometry::classes::usable_bytes;
use crate::large::mapping::{End, Request};
use crate::large::table;
use crate::region::current::{self, Current};
use crate::region::samples;
use crate::region::sealed::sealed;
use crate::report;
use crate::sample::due;
use crate::sample::profile;
use crate::sample::record::{self, Record};
use crate::sample::trace::Trace;

/// Serves `wanted` by a sample if one is due among the slots that a refill of its magazine would
/// bring; gives the thread's cache back if not.
#[cold]
pub(super) fn take(mut current: Current, wanted: Wanted) -> Result<Addr, Current> {
    let armed = magazine::show(current.cache()).filter(|(class, _)| *class == wanted.class);
    let (part, _) = current.class(wanted.class);
    let slots = u32::from(part.magazine_cap / 2).max(1);
    let bytes = slots as usize * usable_bytes(wanted.class);
    let due = armed
        .map(|(_, stands_for)| stands_for)
        .or_else(|| due::is_due(slots, bytes, &mut current.cache().generator));
    let Some(stands_for) = due else { return Err(current) };
    let is_upper = current.cache().generator.next_below(2) == 0;
    current::put(current);
    let served = allocate(wanted, if is_upper { End::Upper } else { End::Lower }, stands_for);
    if armed.is_none() && served.is_some() {
        // It took the place of one slot, and the refill is still to come.
        due::retract(slots - 1, bytes - usable_bytes(wanted.class));
    }
    match (served, current::take()) {
        (Some(address), Some(current)) => {
            current::put(current);
            Ok(address)
        }
        (Some(address), None) => Ok(address),
        (None, Some(current)) => Err(current),
        // A thread that just put its cache back has it.
        (None, None) => Ok(slow::refuse()),
    }
}

/// Lets `work` move slots into the magazine of `class`: they will be allocated. If a sample falls due
/// among them, the next allocation of the class is made to come here.
#[inline]
pub(super) fn watch<T>(
    current: &mut Current,
    class: ClassId,
    work: impl FnOnce(&mut Current) -> T,
) -> T {
    if !samples::are_there() {
        return work(current);
    }
    let before = len(current, class);
    let done = work(current);
    arm(current, class, before);
    done
}

/// Slots in the magazine of `class`, seen or hidden.
fn len(current: &mut Current, class: ClassId) -> u16 {
    let armed = current.cache().armed;
    if armed.class as usize == class.get() {
        return armed.len as u16;
    }
    current.class(class).0.magazine_len
}

#[cold]
fn arm(current: &mut Current, class: ClassId, before: u16) {
    let slots = u32::from(len(current, class).saturating_sub(before));
    let bytes = slots as usize * usable_bytes(class);
    let cache = current.cache();
    if slots > 0
        && let Some(stands_for) = due::is_due(slots, bytes, &mut cache.generator)
    {
        magazine::hide(cache, class, stands_for);
    }
}

/// A block of its own between guards, with its record.
fn allocate(wanted: Wanted, end: End, stands_for: u64) -> Option<Addr> {
    let Wanted { size, align, kind, .. } = wanted;
    if align.get() > sealed().page || !record::has_room() {
        return None;
    }
    let request = Request { size: Size::new(size)?, align, kind, room: 0, sample: Some(end) };
    let address = slow::map(request)?;
    note(address, size, stands_for);
    Some(address)
}

/// A large block was allocated: it becomes a sample if one is due.
#[cold]
pub(super) fn note_large(address: Addr, size: usize) {
    let due = with_generator(|generator| due::is_due(1, size, generator));
    if let Some(stands_for) = due {
        note(address, size, stands_for);
    }
}

/// A block of its own moved or has another size: so has its record, if it has one.
pub(super) fn note_move(old: Addr, new: Addr, size: usize) {
    if samples::are_there()
        && let Some(record) = record::forget(old)
    {
        // It was chosen by its old size, and stands for as many blocks of the new one.
        let old_size = record.size.max(1) as u128;
        let stands_for = u128::from(record.stands_for) * size as u128 / old_size;
        note(new, size, stands_for as u64);
    }
}

/// Writes the profile that the options ask for, the `number`th that a signal asked for or the one at
/// exit, and a warning if that is not possible.
pub(crate) fn write_profile(number: Option<u32>) {
    if let Some(errno) = profile::write(number) {
        report::say(|line| {
            line.text("warning: the file of the option profile cannot be made: errno ");
            line.decimal(u64::from(errno.unsigned_abs()));
        });
    }
}

fn note(address: Addr, size: usize, stands_for: u64) {
    let Some(extent) = table::lock().ok().and_then(|table| table.find(address)) else { return };
    record::add(&Record {
        address,
        base: extent.base,
        end: extent.end(),
        size,
        stands_for,
        allocated: Trace::here(),
        freed: None,
    });
}
