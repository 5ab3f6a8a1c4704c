//! When the next sample is due.

use crate::base::generator::Generator;
use crate::region::sealed::sealed;
use core::sync::atomic::{AtomicI64, AtomicU32, Ordering};

/// Allocations and bytes until the next sample.
static ALLOCATIONS: AtomicI64 = AtomicI64::new(0);
static BYTES: AtomicI64 = AtomicI64::new(0);

/// Draws how far away the first samples are: as far as from any moment to the next one.
pub(crate) fn begin(generator: &mut Generator) {
    let options = &sealed().options;
    ALLOCATIONS.store(first(i64::from(options.sample), generator), Ordering::Relaxed);
    BYTES.store(first(i64::from(options.profile_interval_kib) << 10, generator), Ordering::Relaxed);
}

/// Of two distances the lesser: a moment is more likely to be in a long one, and is anywhere in it.
fn first(interval: i64, generator: &mut Generator) -> i64 {
    distance(interval, generator).min(distance(interval, generator))
}

/// From one sample to the next: 1 to twice `interval` less 1, `interval` on average.
fn distance(interval: i64, generator: &mut Generator) -> i64 {
    // In 64ths where it has more bits than a draw.
    let (most, unit) =
        u32::try_from(2 * interval - 1).map_or((128, interval / 64), |most| (most, 1));
    i64::from(generator.next_below(most)) * unit + 1
}

/// How often the interval of the profile was doubled.
static DOUBLED: AtomicU32 = AtomicU32::new(0);
/// Most doublings: 2 TiB from the longest interval that there is.
const DOUBLED_MOST: u32 = 11;

/// Makes samples for the profile half as frequent from now on.
pub(super) fn double_interval() {
    if DOUBLED.load(Ordering::Relaxed) < DOUBLED_MOST {
        DOUBLED.fetch_add(1, Ordering::Relaxed);
    }
}

/// Takes note that `allocations` of `bytes` in all are about to be served. When a sample is due among
/// them, says for how many bytes it stands in the profile; 0 where there is no profile.
pub(crate) fn is_due(allocations: u32, bytes: usize, generator: &mut Generator) -> Option<u64> {
    let options = &sealed().options;
    let interval = i64::from(options.profile_interval_kib) << 10 << DOUBLED.load(Ordering::Relaxed);
    let stands_for = if options.profile > 0 {
        steps(&BYTES, bytes as i64, interval, generator) * interval
    } else {
        0
    };
    let is_taken = options.sample > 0
        && allocations > 0
        && steps(&ALLOCATIONS, i64::from(allocations), i64::from(options.sample), generator) > 0;
    (is_taken || stands_for > 0).then_some(stands_for as u64)
}

/// Takes note of allocations that are no samples.
pub(crate) fn count(allocations: u32, bytes: usize) {
    ALLOCATIONS.fetch_sub(i64::from(allocations), Ordering::Relaxed);
    BYTES.fetch_sub(bytes as i64, Ordering::Relaxed);
}

/// Takes back a note of allocations that were not served after all.
pub(crate) fn retract(allocations: u32, bytes: usize) {
    ALLOCATIONS.fetch_add(i64::from(allocations), Ordering::Relaxed);
    BYTES.fetch_add(bytes as i64, Ordering::Relaxed);
}

/// How many samples of one in `interval` fall due with the next `amount`: on average
/// `amount / interval`. All that do are told now, for the next amount is another class's, and from one to
/// the next it is a random distance, so that no regular pattern of a program falls in step.
fn steps(left: &AtomicI64, amount: i64, interval: i64, generator: &mut Generator) -> i64 {
    let before = left.fetch_sub(amount, Ordering::Relaxed) - amount;
    if before > 0 {
        return 0;
    }
    // Of many at once there are as many as on average.
    let mut due = (-before).checked_div(interval).unwrap_or(0);
    let mut now = before + due * interval;
    while now <= 0 {
        now += distance(interval, generator);
        due += 1;
    }
    left.fetch_add(now - before, Ordering::Relaxed);
    due
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of short lives too as many as the interval says, and of one of an allocation in each all.
    #[test]
    fn the_first_is_due_as_often_as_any() {
        let mut generator = Generator::seeded(8);
        for (amount, interval) in
            [(1, 1), (1, 10), (64, 5000), (100_000, 512 << 10), (1 << 28, 1 << 33)]
        {
            let lives = 40_000;
            let due: i64 = (0..lives)
                .map(|_| {
                    let left = AtomicI64::new(first(interval, &mut generator));
                    steps(&left, amount, interval, &mut generator)
                })
                .sum();
            let expected = lives * amount / interval;
            let off = (due - expected).abs();
            assert!(off * 5 < expected, "{amount} of {interval}: {due} instead of {expected}");
        }
    }

    #[test]
    fn as_many_are_due_as_the_interval_says() {
        let mut generator = Generator::seeded(5);
        for (amount, interval) in
            [(1, 1000), (32, 1000), (5000, 1000), (999, 1000), (1 << 30, 1 << 33)]
        {
            let left = AtomicI64::new(0);
            let rounds = 400_000_i64;
            let due: i64 =
                (0..rounds).map(|_| steps(&left, amount, interval, &mut generator)).sum();
            let expected = rounds * amount / interval;
            let off = (due - expected).abs();
            assert!(off * 10 < expected, "{amount} of {interval}: {due} instead of {expected}");
        }
    }
}
