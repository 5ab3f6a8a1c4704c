//! How many entries each class has: byte budgets, not counts, so that large classes do not keep
//! megabytes per thread.

use crate::base::index::{ArenaBits, ArenaId, ClassId, Place};
use crate::geometry::classes::{LAST_CLASS, slot_bytes, usable_bytes};
use crate::options::{Level, Options};
use crate::region::bytes::{Cover, NARROW};
use crate::region::rows::ClassCache;
use crate::region::span::Span;

/// Slots up to this many bytes have the full number of entries; above, it falls with the size.
const FULL_COUNT_BYTES: usize = 128;
/// Entries of a magazine of small slots.
const MAGAZINE: usize = 128;
/// Fewest entries of a magazine: half of it is one batch.
const MAGAZINE_MIN: usize = 4;
/// Classes with larger slots have no magazine: each malloc and free goes to the central record, whose lock costs
/// little beside wiping and checking that many bytes. With 4 KiB here blocks of 1 to 8 KiB at random took 1.91 times
/// glibc's CPU time, and take 1.63; buffers of 4 to 32 KiB 2.19 and 1.93, in no more memory.
pub(crate) const MAGAZINE_SLOT_MAX: usize = (32 << 10) + 16;
/// As `MAGAZINE_SLOT_MAX`, in a crowd: where 16 threads each had some slots of up to 32 KiB at hand, and in lines that
/// no byte budget limits, they took 45 MB in place of 24.
const CROWDED_SLOT_MAX: usize = (4 << 10) + 16;
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

/// Makes magazine and quarantine of a part as long as they may be in a crowd.
pub(crate) fn fit(part: &mut ClassCache, class: ClassId, crowd: u32, options: &Options) {
    let (mut magazine, full) = counts(options, class);
    if crowd > 0 && slot_bytes(class) > CROWDED_SLOT_MAX {
        magazine = 0;
    }
    part.magazine_cap = magazine as u16;
    part.quarantine_cap = (full >> crowd).max(full.min(QUARANTINE_MIN)) as u16;
    part.quarantine_hot_cap = if magazine > 0 { part.quarantine_cap } else { 0 };
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
    let magazine =
        if slot > MAGAZINE_SLOT_MAX { 0 } else { entries(MAGAZINE, class, MAGAZINE_MIN) };
    let quarantine = if slot > options.quarantine_max_size as usize {
        0
    } else {
        entries(options.quarantine as usize, class, QUARANTINE_MIN)
    };
    // A class with a magazine has at least one entry to pass freed slots through.
    (magazine, if magazine > 0 { quarantine.max(1) } else { quarantine })
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
        quarantine_hot_cap: if magazine > 0 { quarantine as u16 } else { 0 },
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
    use super::{MAGAZINE_SLOT_MAX, counts, spanless, total_entries};
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
                assert!(part.quarantine_hot_cap == part.quarantine_cap || part.magazine_cap == 0);
                next = part.quarantine + u32::from(part.quarantine_cap);
            }
            assert_eq!(next as usize, total_entries(&options));
        }
    }

    #[test]
    fn no_part_of_a_small_class_holds_many_bytes() {
        for class in (1..=LAST_CLASS).filter_map(ClassId::new) {
            let (magazine, quarantine) = counts(&Options::DEFAULT, class);
            let slot = slot_bytes(class);
            if slot <= MAGAZINE_SLOT_MAX {
                assert!((magazine + quarantine) * slot <= 10 * MAGAZINE_SLOT_MAX, "{slot}");
                assert!(magazine >= 4 && quarantine >= 4);
            } else {
                assert_eq!(magazine, 0);
            }
        }
    }
}
