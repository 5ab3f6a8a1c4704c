//! Opening more of a class span: pages are made usable in growing steps, guard pages are set at
//! random positions, and the slots in between are entered in their slabs.

use super::slab::{List, Slab, Slabs};
use super::store::Shortage;
use crate::base::addr::Addr;
use crate::base::bits::BitWord;
use crate::base::generator::Generator;
use crate::base::index::{ArenaId, ClassId, Place, SLAB_SLOTS, SlotId};
use crate::base::size::{round_down, round_up};
use crate::geometry::guards;
use crate::geometry::layout::{CHUNK_SLOTS, is_first_of_chunk};
use crate::region::chunks;
use crate::region::footprint;
use crate::region::limit;
use crate::region::pages;
use crate::region::rows::CentralRecord;
use crate::region::sealed::sealed;
use crate::region::span::Span;
use crate::slot::life;

/// Bytes of the first step.
const FIRST_STEP: u32 = 16 << 10;
/// Bytes of the largest step: a system call per 4 MiB of new memory costs nothing.
const LAST_STEP: u32 = 4 << 20;
/// Slots from this many bytes are opened in smaller steps.
const LARGE_SLOT: usize = 1024;
/// Zero-size slots opened at a time; they cost metadata only.
const ZERO_STEP: u32 = 1024;

/// Opens the next part of the span of (`arena`, `class`).
pub(crate) fn extend(
    record: &mut CentralRecord,
    arena: ArenaId,
    class: ClassId,
    generator: &mut Generator,
) -> Result<(), Shortage> {
    if limit::forbids(record.step as usize) {
        return Err(Shortage::Refused);
    }
    if record.first == 0 {
        start_span(record, class, generator);
    }
    let before = record.opened;
    let after = if class == ClassId::ZERO {
        extend_zero(record, arena)
    } else {
        extend_data(record, arena, class, generator)
    }?;
    // A step may hold nothing but a guard page; the next one then opens slots.
    if after == before { extend(record, arena, class, generator) } else { Ok(()) }
}

/// Begins the use of a span. Number 0 is never used: see `SlotId`.
fn start_span(record: &mut CentralRecord, class: ClassId, generator: &mut Generator) {
    let all = sealed();
    record.first = 1;
    record.opened = record.first;
    let start = round_down(all.layout.slot_bytes(class), all.page);
    record.committed = start as u64;
    record.step = FIRST_STEP;
    place_guard(record, class, start, generator);
}

fn place_guard(
    record: &mut CentralRecord,
    class: ClassId,
    interval_start: usize,
    generator: &mut Generator,
) {
    if sealed().options.guard_interval_kib == 0 {
        // No guards are wanted: the next one is never reached.
        record.next_guard = u64::MAX;
        return;
    }
    let interval = guard_interval(class);
    record.guard_interval_start = interval_start as u64;
    let draw = generator.next_u16();
    record.next_guard = guards::position(interval_start, interval, sealed().page, draw) as u64;
}

/// How far apart guards of a class stand at the moment.
fn guard_interval(class: ClassId) -> usize {
    interval_for(class, pages::widened(wanted_interval()))
}

/// How many guards each one stands for that are left out because guards are rationed.
fn guards_left_out(class: ClassId) -> usize {
    (guard_interval(class) / interval_for(class, wanted_interval()).max(1)).saturating_sub(1)
}

fn wanted_interval() -> usize {
    (sealed().options.guard_interval_kib as usize) << 10
}

fn interval_for(class: ClassId, wanted: usize) -> usize {
    guards::interval(wanted, sealed().layout.slot_bytes(class), sealed().page)
}

fn extend_zero(record: &mut CentralRecord, arena: ArenaId) -> Result<u32, Shortage> {
    let class = ClassId::ZERO;
    let to = record.opened.saturating_add(ZERO_STEP).min(sealed().layout.slots(class));
    if to <= record.opened {
        return Err(Shortage::Full);
    }
    make_metadata_writable(record, arena, class, to)?;
    open_slots(record, arena, class, to);
    Ok(record.opened)
}

fn extend_data(
    record: &mut CentralRecord,
    arena: ArenaId,
    class: ClassId,
    generator: &mut Generator,
) -> Result<u32, Shortage> {
    let all = sealed();
    let (page, slot) = (all.page, all.layout.slot_bytes(class).max(1));
    let slots = all.layout.slots(class);
    let span = all.layout.span_start(arena, class);
    let start = record.committed as usize;
    let most = round_up(slots as usize * slot, page);
    let step = round_up((record.step as usize).max(slot + page), page);
    let end = (start + step).min(most);
    if end <= start {
        return Err(Shortage::Full);
    }
    // Guards may bury slots a little past the end.
    let last = ((end + page) / slot + 1).min(slots as usize) as u32;
    make_metadata_writable(record, arena, class, last)?;
    life::bury_first(&Span::of(arena, class));
    if all.guard_advice && !pages::commit(span.plus(start), span.plus(end)) {
        return Err(Shortage::Refused);
    }
    let mut done = start;
    while done < end {
        let guard = record.next_guard as usize;
        // Where none are placed, the next one is farther away than any address.
        let (guard_start, guard_end) =
            if guard < end { guards::extent(guard, slot, page) } else { (end, end) };
        let stop = guard_start.max(done);
        if !all.guard_advice && !pages::commit(span.plus(done), span.plus(stop)) {
            break;
        }
        open_slots(record, arena, class, ((stop / slot) as u32).min(slots));
        done = stop;
        if guard < end {
            pages::miss_guards(guards_left_out(class));
            let guard_end = guard_end.min(most);
            if set_guard(span, stop, guard_end, end) {
                record.guards += 1;
                bury_slots(
                    record,
                    arena,
                    class,
                    (((guard + page - 1) / slot + 1) as u32).min(slots),
                );
                done = guard_end;
            }
            let next = record.guard_interval_start as usize + guard_interval(class);
            place_guard(record, class, next.max(done), generator);
        }
    }
    record.committed = done as u64;
    record.step = next_step(record, slot);
    if done == start { Err(Shortage::Refused) } else { Ok(record.opened) }
}

/// Bytes of the next step. Of large slots a slab takes many pages, and all that is open of one is in use
/// soon, for slots are taken from it at random: their steps grow more slowly.
fn next_step(record: &CentralRecord, slot: usize) -> u32 {
    let part = u32::try_from(record.committed / 4).unwrap_or(LAST_STEP);
    let wanted = if slot < LARGE_SLOT { record.step * 2 } else { part };
    wanted.clamp(FIRST_STEP, LAST_STEP)
}

/// Makes the pages between two offsets into `span` fault for good: by advice where the kernel has it,
/// else by leaving them inaccessible, as long as the budget of mappings lasts. Pages are usable up to
/// offset `end` where there is advice; those of the guard beyond are made so first, for advice does not
/// split a mapping, and what is inaccessible does.
fn set_guard(span: Addr, from: usize, to: usize, end: usize) -> bool {
    if !sealed().guard_advice {
        return pages::leave_hole();
    }
    (to <= end || pages::commit(span.plus(end), span.plus(to)))
        && pages::guard(span.plus(from), to - from)
}

/// Makes the states and slab rows of the slots up to number `last` writable.
fn make_metadata_writable(
    record: &mut CentralRecord,
    arena: ArenaId,
    class: ClassId,
    last: u32,
) -> Result<(), Shortage> {
    while record.chunks <= last / CHUNK_SLOTS {
        if !chunks::open(arena, class, record.chunks) {
            return Err(Shortage::Refused);
        }
        record.chunks += 1;
    }
    Ok(())
}

/// Enters the slots from the first unopened one up to number `to` in their slabs. From the top
/// down, so that the lowest slab is the next to be taken from.
fn open_slots(record: &mut CentralRecord, arena: ArenaId, class: ClassId, to: u32) {
    let from = record.opened;
    if to <= from {
        return;
    }
    let mut slabs = Slabs::new(record, arena, class);
    for number in (from / SLAB_SLOTS..=(to - 1) / SLAB_SLOTS).rev() {
        let base = number * SLAB_SLOTS;
        let (low, high) = (from.max(base) - base, (to - base).min(SLAB_SLOTS));
        let mut opened = (u64::MAX >> (SLAB_SLOTS - (high - low))) << low;
        if is_first_of_chunk(base) {
            // Never used, so that every slot in use has the state of the one before right before its own.
            opened &= !1;
        }
        // Of one that was never opened nothing is read: its page of rows would fault to be read, and again to be written.
        let mut slab = if from <= base.max(1) { Slab::UNOPENED } else { slabs.load(number) };
        slab.available = BitWord::new(slab.available.get() | opened);
        let list = match slab.list {
            // Only its first slot is open so far, and that is never used.
            List::None if slab.available.count() == 0 => List::None,
            // Nothing of it was ever taken, or it stays where it is.
            List::None if slab.is_empty() => List::Pristine,
            kept if slab.is_empty() => kept,
            _ => slabs.home_of(slab),
        };
        if !matches!(list, List::None | List::Pristine) {
            footprint::grew(opened.count_ones() as usize * sealed().layout.slot_bytes(class));
        }
        slabs.update(number, slab, list);
    }
    record.opened = to;
}

/// Buries the slots from the first unopened one up to number `to`: a guard page overlaps them.
fn bury_slots(record: &mut CentralRecord, arena: ArenaId, class: ClassId, to: u32) {
    for number in record.opened..to {
        if let Some(slot) = SlotId::new(arena, number) {
            life::bury(Place { class, slot });
        }
    }
    record.opened = record.opened.max(to);
}
