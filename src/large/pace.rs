//! Whether blocks follow one another soon: the next is asked for within a moment after one was freed, and its pages are
//! worth keeping.

/// A moment is a millisecond for so many bytes, whose page faults take a fiftieth of that, and what the clock may be
/// behind; half a second at most.
const BYTES_A_MS: usize = 64 << 10;
const CLOCK_STEP_MS: u64 = 4;
const MOST_MS: usize = 512;

fn moment(bytes: usize) -> u64 {
    CLOCK_STEP_MS + (bytes / BYTES_A_MS).min(MOST_MS) as u64
}

/// When blocks of one kind were freed and asked for. Times are milliseconds of the coarse clock, which may say anything.
pub(crate) struct Pace {
    /// Until when the next one comes soon after the last was freed.
    until: u64,
    /// When the last one was asked for, and whether that was soon.
    requested: u64,
    /// As above.
    is_quick: bool,
}

impl Pace {
    /// Nothing was freed yet.
    pub(crate) const NONE: Self = Self { until: 0, requested: 0, is_quick: false };

    /// Notes that a block of `bytes` is freed.
    pub(crate) fn note_free(&mut self, now: u64, bytes: usize) {
        self.until = now.saturating_add(moment(bytes));
    }

    /// Notes that one is asked for.
    pub(crate) fn note_request(&mut self, now: u64) {
        self.is_quick = now <= self.until;
        self.requested = now;
    }

    /// Whether the last one came soon.
    pub(crate) const fn is_quick(&self) -> bool {
        self.is_quick
    }

    /// Whether one of `bytes` that is freed is likely to be followed soon: the last one came soon, and not long ago.
    pub(crate) fn goes_on(&self, now: u64, bytes: usize) -> bool {
        self.is_quick && now.abs_diff(self.requested) <= moment(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;

    const BYTES: usize = 10 << 20;

    #[test]
    fn a_block_that_comes_within_a_moment_makes_the_next_likely() {
        let mut pace = Pace::NONE;
        pace.note_request(1);
        assert!(!pace.is_quick());
        pace.note_free(1000, BYTES);
        pace.note_request(1164);
        assert!(pace.is_quick() && pace.goes_on(1328, BYTES) && !pace.goes_on(1329, BYTES));
        pace.note_request(1165);
        assert!(!pace.is_quick() && !pace.goes_on(1165, BYTES));
        pace.note_free(1000, 1 << 40);
        pace.note_request(1517);
        assert!(!pace.is_quick());
    }

    #[test]
    fn the_clock_may_say_anything() {
        let mut pace = Pace::NONE;
        pace.note_free(u64::MAX - 1, BYTES);
        pace.note_request(u64::MAX);
        assert!(pace.is_quick() && !pace.goes_on(0, BYTES));
    }
}
