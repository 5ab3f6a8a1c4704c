//! Whether blocks follow one another soon: the next is asked for within a moment after one was freed, and its pages are
//! worth keeping.

/// A moment is a millisecond for so many bytes, whose page faults take a fiftieth of that, and what the clock may be
/// behind.
const BYTES_A_MS: usize = 64 << 10;
const CLOCK_STEP_MS: u64 = 4;

/// When blocks of one kind were freed and asked for. Times are milliseconds of the coarse clock.
pub(crate) struct Pace {
    /// Until when the next one comes soon after the last was freed.
    until: u64,
    /// Whether the last one did.
    is_quick: bool,
}

impl Pace {
    /// Nothing was freed yet.
    pub(crate) const NONE: Self = Self { until: 0, is_quick: false };

    /// Notes that a block of `bytes` is freed.
    pub(crate) fn note_free(&mut self, now: u64, bytes: usize) {
        // The clock may say anything.
        self.until = now.saturating_add(CLOCK_STEP_MS + (bytes / BYTES_A_MS) as u64);
    }

    /// Notes that one is asked for.
    pub(crate) fn note_request(&mut self, now: u64) {
        self.is_quick = now <= self.until;
    }

    /// Whether the next one is likely to come soon.
    pub(crate) const fn is_quick(&self) -> bool {
        self.is_quick
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;

    #[test]
    fn a_block_that_comes_within_a_moment_makes_the_next_likely() {
        let mut pace = Pace::NONE;
        pace.note_request(1);
        assert!(!pace.is_quick());
        pace.note_free(1000, 10 << 20);
        pace.note_request(1164);
        assert!(pace.is_quick());
        pace.note_request(1165);
        assert!(!pace.is_quick());
        pace.note_free(u64::MAX - 1, 10 << 20);
        pace.note_request(u64::MAX);
        assert!(pace.is_quick());
    }
}
