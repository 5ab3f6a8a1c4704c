//! Freed slots too large for a magazine: quarantined under one byte budget per thread.

use super::Trouble;
use super::foreign;
use super::{quarantine, troubles};
use crate::base::index::{CLASS_SLOTS, ClassId, Place};
use crate::geometry::classes::{LAST_CLASS, slot_bytes};
use crate::region::current::Current;
use crate::region::rows::ClassCache;
use crate::slot::life;

/// Most bytes of large slots that one thread's quarantine holds.
const HELD_MAX: u64 = 1 << 20;

/// Puts a retired slot into the quarantine; what leaves it goes home at once.
pub(crate) fn enqueue(current: &mut Current, place: Place) -> Result<(), Trouble> {
    let bytes = slot_bytes(place.class) as u64;
    let (cache, entries) = current.parts();
    let Some(part) = cache.classes.get_mut(place.class.get()) else { return Ok(()) };
    if part.quarantine_cap == 0 {
        return go_home(place);
    }
    let mut result = Ok(());
    // More than once where the line may not be so long any more.
    while part.quarantine_len >= part.quarantine_cap {
        let (_, line) = quarantine::split(part, entries);
        for entry in quarantine::leave(line, &mut cache.generator) {
            cache.held_bytes = cache.held_bytes.saturating_sub(bytes);
            if let Some(slot) = entry.get() {
                result = troubles::both(result, go_home(Place { class: place.class, slot }));
            }
        }
        quarantine::close_up(part, line);
    }
    quarantine::append_to(part, entries, place.slot);
    cache.held_bytes += bytes;
    result?;
    let most = HELD_MAX >> current.cache().crowd;
    while current.cache().held_bytes > most {
        evict(current)?;
    }
    Ok(())
}

/// Bytes of the slots in the lines of classes without a magazine, which alone are under the budget.
pub(crate) fn bytes(classes: &[ClassCache]) -> u64 {
    let without = classes.iter().filter(|part| part.in_use != 0 && part.magazine_cap == 0);
    without.map(|part| u64::from(part.quarantine_len) * part.slot_bytes() as u64).sum()
}

fn go_home(place: Place) -> Result<(), Trouble> {
    life::release(place).map_err(|flaw| Trouble { flaw, place })?;
    foreign::give_back(&mut [Some(place)])
}

/// Sends one slot home, taking the classes in turn.
fn evict(current: &mut Current) -> Result<(), Trouble> {
    let (cache, entries) = current.parts();
    for _ in 0..CLASS_SLOTS {
        let class = cache.evict_class as usize % (LAST_CLASS + 1);
        cache.evict_class = cache.evict_class.wrapping_add(1);
        let Some(part) = cache.classes.get_mut(class) else { continue };
        if part.in_use == 0 || part.magazine_cap != 0 {
            continue;
        }
        let class = ClassId::masked(class);
        if let Some(slot) = quarantine::take_older(part, entries, &mut cache.generator) {
            cache.held_bytes = cache.held_bytes.saturating_sub(slot_bytes(class) as u64);
            return go_home(Place { class, slot });
        }
    }
    cache.held_bytes = 0;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::bytes;
    use crate::base::index::{CLASS_SLOTS, ClassId};
    use crate::cache::shape;
    use crate::geometry::classes::{LAST_CLASS, slot_bytes};
    use crate::options::Options;

    /// Classes of 4 to 32 KiB are under the budget only while many threads have a cache.
    #[test]
    fn what_is_held_is_counted_anew_when_magazines_come_and_go() {
        let options = &Options::DEFAULT;
        let held_in = |crowd| {
            let mut classes = [(); CLASS_SLOTS].map(|()| shape::spanless(options, ClassId::ZERO));
            let mut expected = 0;
            for (number, part) in classes.iter_mut().enumerate().take(LAST_CLASS + 1).skip(1) {
                let class = ClassId::masked(number);
                *part = shape::spanless(options, class);
                shape::fit(part, class, crowd, options);
                part.quarantine_len = 3;
                let slot = slot_bytes(class) as u64;
                let most = if crowd > 0 { 4096 + 16 } else { 32_768 + 16 };
                expected += if slot > most { 3 * slot } else { 0 };
            }
            assert_eq!(bytes(&classes), expected);
            expected
        };
        assert!(held_in(0) < held_in(1) && held_in(1) == held_in(2));
    }
}
