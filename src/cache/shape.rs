//! How many entries each class has: byte budgets, not counts, so that large classes do not keep
//! megabytes per thread.

use crate::base::index::{ArenaBits, ArenaId, CLASS_SLOTS, ClassId, Place};
use crate::geometry::classes::{LAST_CLASS, slot_bytes, slot_bytes_for, usable_bytes};
use crate::options::{Level, Options};
use crate::region::bytes::{Cover, NARROW};
use crate::region::rows::ClassCache;
use crate::region::sealed::sealed;
use crate::region::span::Span;

/// Slots up to this many bytes have the full number of entries; above, it falls with the size.
const FULL_COUNT_BYTES: usize = 128;
/// Entries of a magazine of small slots.
const MAGAZINE: usize = 128;
/// Fewest entries of a magazine: half of it is one batch.
const MAGAZINE_MIN: usize = 4;
/// Slots of each class that stay in a held line, whatever the others take: as many as have these bytes, but 2 at least, and
/// at most as many as any line has. With 19 such sizes in use 16 KiB come back after 4 pairs at the median; at level strong, where four
/// times as many stay, after 10.
const STAYING: [u8; CLASS_SLOTS] = {
    const BYTES: usize = 48 << 10;
    let mut table = [0; CLASS_SLOTS];
    let mut class = 1;
    while class <= LAST_CLASS {
        table[class] = match BYTES.div_ceil(slot_bytes(ClassId::masked(class))) {
            0..=2 => 2,
            fit if fit < QUARANTINE_MIN => fit as u8,
            _ => QUARANTINE_MIN as u8,
        };
        class += 1;
    }
    table
};
/// Most bytes of held slots in one thread's lines, but for those, in equal shares for the classes that it has used: where
/// any could take what others left, each had its day, and the benches' buffers of 4 to 32 KiB took 7.6 MB in place of 5.
pub(super) const HELD_MAX: u64 = 1 << 20;
/// Classes with larger slots are *held*: their lines stand under one byte budget, which no hot path keeps
/// (`cache::held`).
const HOT_SLOT_MAX: usize = slot_bytes_for(4 << 10);
/// Freed slots up to this size come from the line into the magazine, while the processor's caches still have them: blocks
/// of 1 to 8 KiB at random take 1.7 times glibc's CPU time for 1.9, buffers of 4 to 32 KiB 2.0 for 2.2. Of longer ones
/// a line is so short that one would come again at once: those go home, to be mixed with all that are free.
const RECYCLED_SLOT_MAX: usize = slot_bytes_for(32 << 10);
/// Most held slots that a magazine gets at once from the central record: more would lie idle, out of others' reach.
const FEW_AT_HAND: usize = 2;
/// Of those up to 16 KiB an eighth of the number of small ones stand in a line, of longer ones as many as have the bytes.
const HELD_SHARE: usize = 8;
/// Bytes of their lines as a multiple of those of small classes.
const HELD_BYTES: usize = 16;
/// Fewest entries of a quarantine, where the class is quarantined at all.
const QUARANTINE_MIN: usize = 4;

/// How crowded it is among so many threads: 0 where each holds back as much as the options say; where
/// there are more, half of that, or a quarter. A number of steps, so that it seldom changes.
pub(crate) fn crowd(threads: u32, options: &Options) -> u32 {
    match threads {
        _ if options.level == Level::Strong => 0,
        0..=4 => 0,
        5..=8 => 1,
        _ => 2,
    }
}

/// Makes magazine and quarantine of a part as long as they may be in a crowd, and beside so many classes with which it
/// shares a byte budget.
pub(crate) fn fit(
    part: &mut ClassCache,
    class: ClassId,
    (crowd, sharers): (u32, usize),
    options: &Options,
) {
    let (magazine, full) = counts(options, class);
    let (most, least) = (full >> crowd, full.min(QUARANTINE_MIN));
    if !is_held(class) {
        part.quarantine_cap = most.max(least) as u16;
        part.quarantine_hot_cap = part.quarantine_cap;
        return;
    }
    let share = (HELD_MAX >> crowd) as usize / slot_bytes(class).max(1) / sharers.max(1);
    let line = most.min(share.max(staying(class, crowd, options))).max(least);
    part.quarantine_cap = line as u16;
    // What one thread has at hand no other can use: in a crowd, no more than leaves the line at once.
    let room = if crowd > 0 { line / 2 } else { room_for_half(line) };
    part.magazine_cap = room.min(magazine) as u16;
}

/// Whether a part's line is under the budget.
pub(super) const fn shares(part: &ClassCache) -> bool {
    part.quarantine_cap > 0 && part.quarantine_hot_cap == 0
}

/// Slots of `class` that stay in a held line, whatever others take; in a crowd fewer.
pub(super) fn staying(class: ClassId, crowd: u32, options: &Options) -> usize {
    let times = if options.level == Level::Strong { 4 } else { 1 };
    let all = STAYING.get(class.get()).map_or(0, |all| usize::from(*all) * times);
    (all >> crowd).max(1)
}

/// Entries of a magazine that what leaves a held line at once fits in.
fn room_for_half(line: usize) -> usize {
    (line / 2).clamp(MAGAZINE_MIN, MAGAZINE)
}

fn is_held(class: ClassId) -> bool {
    class == ClassId::ZERO || slot_bytes(class) > HOT_SLOT_MAX
}

/// Slots that a magazine gets at once from the central record.
pub(crate) fn batch(part: &ClassCache) -> usize {
    batch_of(usize::from(part.magazine_cap), part.quarantine_hot_cap == 0)
}

/// The same, also of a part that is to be set up before.
pub(crate) fn next_batch(part: &ClassCache, class: ClassId) -> usize {
    if part.in_use > 0 {
        return batch(part);
    }
    batch_of(counts(&sealed().options, class).0, is_held(class))
}

fn batch_of(magazine: usize, is_held: bool) -> usize {
    let half = (magazine / 2).max(1);
    if is_held { half.min(FEW_AT_HAND) } else { half }
}

/// Sees to it that a part's span reaches as far as `place`, if it is the one that `place` is in: more of
/// it was opened since. Hot paths know a slot by that.
#[inline]
pub(crate) fn reach(part: &mut ClassCache, place: Place) {
    let end = (place.slot.number() as usize + 1) * part.slot_bytes();
    if part.arena.arena() == place.slot.arena() && part.in_use != 0 && part.span.len() < end {
        part.span = Span::of(place.slot.arena(), place.class);
    }
}

fn entries(of_small: usize, class: ClassId, least: usize) -> usize {
    if of_small == 0 {
        return 0;
    }
    let fit = of_small * FULL_COUNT_BYTES / slot_bytes(class).max(1);
    fit.clamp(least.min(of_small), of_small)
}

/// Entries of the magazine and of the quarantine of `class`.
fn counts(options: &Options, class: ClassId) -> (usize, usize) {
    let slot = slot_bytes(class);
    if class == ClassId::ZERO || slot == 0 {
        return (0, 0);
    }
    let of_small = options.quarantine as usize;
    let fit = entries(of_small, class, QUARANTINE_MIN);
    if !is_held(class) {
        let quarantine = if slot > options.quarantine_max_size as usize { 0 } else { fit };
        // At least one entry to pass freed slots through.
        return (entries(MAGAZINE, class, MAGAZINE_MIN), quarantine.max(1));
    }
    let held =
        (of_small * FULL_COUNT_BYTES * HELD_BYTES / slot).min(of_small / HELD_SHARE).max(fit);
    let quarantine = if slot > options.quarantine_max_size as usize { 0 } else { held };
    let is_recycled = slot <= RECYCLED_SLOT_MAX && quarantine > 0;
    (if is_recycled { room_for_half(quarantine) } else { 0 }, quarantine)
}

/// Entries behind each thread cache.
pub(crate) fn total_entries(options: &Options) -> usize {
    (0..=LAST_CLASS).filter_map(ClassId::new).map(|class| whole(options, class)).sum()
}

fn whole(options: &Options, class: ClassId) -> usize {
    let (magazine, quarantine) = counts(options, class);
    magazine + quarantine
}

/// The part of `class` in `arena`, still empty, with its span.
pub(crate) fn empty(options: &Options, class: ClassId, arena: ArenaId, span: Span) -> ClassCache {
    let before = (0..class.get()).filter_map(ClassId::new).map(|class| whole(options, class));
    let start = before.sum::<usize>();
    let (magazine, quarantine) = counts(options, class);
    ClassCache {
        span,
        usable: usable_bytes(class) as u32,
        arena: ArenaBits::of(arena),
        in_use: 1,
        quarantine_cap: quarantine as u16,
        magazine: start as u32,
        quarantine: (start + magazine) as u32,
        magazine_len: 0,
        magazine_cap: magazine as u16,
        quarantine_len: 0,
        quarantine_hot_cap: if is_held(class) { 0 } else { quarantine as u16 },
        cover: Cover::of(usable_bytes(class).min(NARROW)),
    }
}

/// A part without a span, for tests of what needs none.
#[cfg(test)]
pub(super) fn spanless(options: &Options, class: ClassId) -> ClassCache {
    empty(options, class, ArenaId::masked(0), Span::NONE)
}

#[cfg(test)]
mod tests {
    use super::{
        HELD_MAX, HOT_SLOT_MAX, RECYCLED_SLOT_MAX, counts, fit, is_held, shares, spanless, staying,
        total_entries,
    };
    use crate::base::index::ClassId;
    use crate::geometry::classes::{LAST_CLASS, slot_bytes};
    use crate::options::{Level, Options};

    #[test]
    fn the_parts_of_all_classes_fill_the_entries_without_overlap() {
        for level in [Level::Light, Level::Default, Level::Strong] {
            let mut options = Options::DEFAULT;
            options.set_level(level);
            let mut next = 0;
            for class in (0..=LAST_CLASS).filter_map(ClassId::new) {
                let part = spanless(&options, class);
                assert_eq!(part.magazine, next);
                assert_eq!(part.quarantine, part.magazine + u32::from(part.magazine_cap));
                let hot = if is_held(class) { 0 } else { part.quarantine_cap };
                assert_eq!(part.quarantine_hot_cap, hot);
                next = part.quarantine + u32::from(part.quarantine_cap);
            }
            assert_eq!(next as usize, total_entries(&options));
        }
    }

    /// However many share it, and at whatever level, but for the fewest entries that each line has.
    #[test]
    fn held_lines_share_their_budget() {
        for level in [Level::Light, Level::Default, Level::Strong] {
            let mut options = Options::DEFAULT;
            options.set_level(level);
            for (class, sharers) in
                (1..=LAST_CLASS).flat_map(|class| [1, 3, 25].map(|n| (class, n)))
            {
                let class = ClassId::new(class).unwrap();
                let mut part = spanless(&options, class);
                fit(&mut part, class, (0, sharers), &options);
                let (line, slot) = (usize::from(part.quarantine_cap), slot_bytes(class));
                let is_least = line <= staying(class, 0, &options).max(4);
                assert!(is_least || !shares(&part) || sharers * line * slot <= HELD_MAX as usize);
                let has_room = usize::from(part.magazine_cap) >= line / 2;
                assert!(has_room || slot > RECYCLED_SLOT_MAX || !shares(&part));
            }
        }
    }

    #[test]
    fn in_a_crowd_no_more_long_slots_are_at_hand_than_leave_a_line_at_once() {
        let options = &Options::DEFAULT;
        for class in (0..=LAST_CLASS).filter_map(ClassId::new) {
            let mut part = spanless(options, class);
            let (magazine, quarantine) = (part.magazine_cap, part.quarantine_cap);
            let is_long = slot_bytes(class) > HOT_SLOT_MAX;
            for crowd in [2, 1, 0] {
                fit(&mut part, class, (crowd, 1), options);
                let expected =
                    if is_long && crowd > 0 { part.quarantine_cap / 2 } else { magazine };
                assert_eq!(part.magazine_cap, expected.min(magazine));
                assert_eq!(part.quarantine_hot_cap != 0, !is_long && class != ClassId::ZERO);
                assert!(
                    part.quarantine_cap <= quarantine && part.quarantine_cap >= quarantine.min(4)
                );
            }
        }
    }

    #[test]
    fn no_part_of_a_small_class_holds_many_bytes() {
        for class in (1..=LAST_CLASS).filter_map(ClassId::new) {
            let (magazine, quarantine) = counts(&Options::DEFAULT, class);
            let slot = slot_bytes(class);
            if slot <= HOT_SLOT_MAX {
                assert!((magazine + quarantine) * slot <= 10 * HOT_SLOT_MAX, "{slot}");
                assert!(magazine >= 4 && quarantine >= 4);
            } else {
                assert!(quarantine >= 4 && magazine <= quarantine, "{slot}");
            }
        }
    }
}
