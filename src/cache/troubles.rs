//! What went wrong beyond the first thing in one batch. A batch holds locks while it is under way, so
//! that nothing can be reported until its end; the first trouble is its result, and others wait here.
//! They matter only where the options say to report and go on.

use super::{Trouble, parked};
use crate::base::sync::{AtomicU64, Ordering};
use crate::slot::life::Flaw;

/// Troubles that can wait; more are only counted.
const SPACES: usize = 64;

/// Zero, or a flaw's number above a parked place.
static WAITING: [AtomicU64; SPACES] = [const { AtomicU64::new(0) }; SPACES];

/// Troubles that found no space.
static LOST: AtomicU64 = AtomicU64::new(0);

const FLAW_SHIFT: u32 = 56;
/// What can go wrong on the way, by number.
const FLAWS: [Flaw; 4] = [Flaw::FreedTwice, Flaw::Returned, Flaw::WriteAfterFree, Flaw::NotFree];

/// The first trouble of two results; a second one waits.
pub(crate) fn both(first: Result<(), Trouble>, second: Result<(), Trouble>) -> Result<(), Trouble> {
    if let (Err(_), Err(trouble)) = (first, second) {
        add(trouble);
    }
    first.and(second)
}

#[cold]
fn add(trouble: Trouble) {
    let number = FLAWS.iter().position(|flaw| *flaw == trouble.flaw).unwrap_or(0) as u64;
    let word = number << FLAW_SHIFT | parked::pack(trouble.place);
    let space = WAITING.iter().find(|space| {
        // Release pairs with the Acquire of whoever takes it out.
        space.compare_exchange(0, word, Ordering::Release, Ordering::Relaxed).is_ok()
    });
    if space.is_none() {
        LOST.fetch_add(1, Ordering::Relaxed);
    }
}

/// Takes out whatever waits, and returns how many more there were.
#[cold]
pub(crate) fn take_all(mut sink: impl FnMut(Trouble)) -> u64 {
    for space in &WAITING {
        let word = space.swap(0, Ordering::Acquire);
        let number = (word >> FLAW_SHIFT) as usize;
        let place = parked::unpack(word & ((1 << FLAW_SHIFT) - 1));
        if let (Some(place), Some(flaw)) = (place, FLAWS.get(number)) {
            sink(Trouble { flaw: *flaw, place });
        }
    }
    LOST.swap(0, Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::{FLAWS, SPACES, both, take_all};
    use crate::base::index::{ArenaId, ClassId, Place, SlotId};
    use crate::cache::Trouble;

    #[test]
    fn all_but_the_first_are_kept_until_they_are_taken() {
        let trouble = |number: usize| Trouble {
            flaw: FLAWS[number % FLAWS.len()],
            place: Place {
                class: ClassId::new(61).unwrap(),
                slot: SlotId::new(ArenaId::masked(63), number as u32 + 1).unwrap(),
            },
        };
        for (count, kept, lost) in [(5, 5, 0), (SPACES + 1, SPACES + 1, 0), (200, SPACES + 1, 135)]
        {
            let all = (0..count).map(|number| Err(trouble(number)));
            let first = [Ok(())].into_iter().chain(all).fold(Ok(()), both);
            assert_eq!(first, Err(trouble(0)));
            assert_eq!(both(Ok(()), Ok(())), Ok(()));
            let mut taken = Vec::new();
            assert_eq!(take_all(|trouble| taken.push(trouble)), lost);
            assert_eq!(taken, (1..kept).map(trouble).collect::<Vec<_>>());
            assert_eq!(take_all(|_| panic!("taken twice")), 0);
        }
    }
}
