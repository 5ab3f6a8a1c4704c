//! Random draws for the hot path: ChaCha with eight rounds behind a small buffer.
//!
//! A draw is sixteen bits, which is enough to pick one of up to 65536 things and lets one refill
//! serve 240 draws. The generator never calls the system; whoever owns it supplies the seed and
//! may replace it at any time.
//!
//! What a leak of the state reveals is limited to the draws still in the buffer. Every refill
//! replaces the key with part of its own output, so that earlier keys cannot be computed, and every
//! draw is erased from the buffer as it is taken.
#![forbid(unsafe_code)]

mod cipher;

use cipher::{BLOCKS, blocks, last_row};
use core::cell::Cell;
use static_assertions::const_assert;

/// Rounds of the cipher. Eight is the fewest with a margin over the best known attack (seven).
const ROUNDS: usize = 8;

/// Entries of the buffer. A power of two, so that a mask replaces the bounds check.
const ENTRIES: usize = 256;

/// Entries which one refill fills; the other sixteen's worth of output becomes the next key.
const DRAWS: u32 = 240;

/// Draws that `draw` takes at a time.
const RUN: usize = 16;

/// Among up to so many things half a draw chooses one: none with more than 1/256 above its share, which is up to twice
/// as often as another. The cipher's part of a `malloc` and a `free` is halved by it (4 % of the time of a program
/// that does nothing else).
const HALVES_REACH: usize = 256;

const_assert!(ENTRIES.is_power_of_two());
// The blocks are exactly the draws and one key of 32 bytes.
const_assert!(BLOCKS * 64 == DRAWS as usize * 2 + 32);
const_assert!(DRAWS as usize <= ENTRIES);

/// A source of draws nobody outside can predict.
///
/// All bytes zero is a valid value: no key and nothing buffered.
#[repr(C)]
pub(crate) struct Generator {
    key: [u32; 8],
    /// Zero without a key; otherwise one more than the refills since the key was set.
    counter: u64,
    buffer: [u16; ENTRIES],
    /// Draws left, taken from the back: the next one is `buffer[next - 1]`.
    next: u32,
}

impl Generator {
    /// A generator without a key, which yields nothing until [`Generator::rekey`].
    pub(crate) const fn new_empty() -> Self {
        Self { key: [0; 8], counter: 0, buffer: [0; ENTRIES], next: 0 }
    }

    /// Whether a key was set. Without one, [`Generator::refill`] leaves the buffer empty.
    pub(crate) const fn is_keyed(&self) -> bool {
        self.counter != 0
    }

    /// Replaces the key and drops every buffered draw.
    pub(crate) fn rekey(&mut self, seed: [u8; 32]) {
        for (word, bytes) in self.key.iter_mut().zip(seed.as_chunks::<4>().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        self.counter = 1;
        self.buffer = [0; ENTRIES];
        self.next = 0;
    }

    /// Takes one draw, or `None` when the buffer is used up and the caller must refill.
    #[inline(always)]
    pub(crate) fn try_next(&mut self) -> Option<u16> {
        let next = self.next.checked_sub(1)?;
        self.next = next;
        let entry = &mut self.buffer[next as usize & (ENTRIES - 1)];
        let draw = *entry;
        *entry = 0;
        Some(draw)
    }

    /// Fills the buffer and replaces the key. Does nothing without a key.
    #[cold]
    #[inline(never)]
    pub(crate) fn refill(&mut self) {
        if !self.is_keyed() {
            return;
        }
        let refills = [self.counter as u32, (self.counter >> 32) as u32, 0];
        let output = blocks::<ROUNDS>(&self.key, last_row(0, refills));
        let (key, draws) = output.as_flattened().as_flattened().split_at(self.key.len());
        for (to, from) in self.key.iter_mut().zip(key) {
            *to = *from;
        }
        for (to, from) in self.buffer.as_chunks_mut::<2>().0.iter_mut().zip(draws) {
            *to = [*from as u16, (*from >> 16) as u16];
        }
        self.counter = self.counter.wrapping_add(1).max(1);
        self.next = DRAWS;
    }

    /// Sixteen bits, refilling as needed. Always zero without a key.
    pub(crate) fn next_u16(&mut self) -> u16 {
        if self.next == 0 {
            self.refill();
        }
        self.try_next().unwrap_or(0)
    }

    /// Fills `to` with draws, refilling as needed; with zeros without a key. Cheaper than one at a time.
    pub(crate) fn draw(&mut self, to: &mut [u16]) {
        let (runs, rest) = to.as_chunks_mut();
        for run in runs {
            match self.take_run() {
                Some(draws) => *run = draws,
                None => run.fill_with(|| self.next_u16()),
            }
        }
        rest.fill_with(|| self.next_u16());
    }

    /// Takes so many draws at once, if there are as many: two vectors, with no call to copy or to erase them.
    #[inline(always)]
    fn take_run(&mut self) -> Option<[u16; RUN]> {
        let start = (self.next as usize).checked_sub(RUN)?;
        let run = self.buffer.get_mut(start..)?.first_chunk_mut()?;
        self.next = start as u32;
        Some(core::mem::replace(run, [0; RUN]))
    }

    /// Sixty-four bits for slow paths. Always zero without a key.
    pub(crate) fn next_u64(&mut self) -> u64 {
        (0..4).fold(0, |bits, _| bits << 16 | u64::from(self.next_u16()))
    }

    /// Maps a draw to `0..n`, for `n` up to 65536. Zero when `n` is zero.
    ///
    /// The bias of a whole draw is below `n / 65536` of one outcome's probability, which no placement decision
    /// notices.
    #[inline(always)]
    pub(crate) const fn below(draw: u16, n: u32) -> u32 {
        (draw as u32).wrapping_mul(n) >> 16
    }

    /// Brings `count` of the first `among` of at most 65,535 things to the front, in random order. A loop that runs
    /// once for each freed slot: what can be is done for many draws at once, and nothing else in between.
    #[inline(never)]
    pub(crate) fn draw_front<T: Copy>(&mut self, things: &[Cell<T>], count: usize, among: usize) {
        let mut done = 0;
        while done < count {
            let mut chosen = [0; 2 * RUN];
            let next = things.get(done..count.min(done + chosen.len())).unwrap_or_default();
            if among <= HALVES_REACH {
                let mut draws = [0; RUN];
                self.draw(draws.get_mut(..next.len().div_ceil(2)).unwrap_or_default());
                for (pair, draw) in chosen.as_chunks_mut().0.iter_mut().zip(draws) {
                    *pair = [draw << 8, draw & 0xff00];
                }
            } else {
                self.draw(chosen.get_mut(..next.len()).unwrap_or_default());
            }
            for (index, draw) in chosen.iter_mut().enumerate() {
                let place = (done + index) as u16;
                let behind = Self::below(*draw, u32::from((among as u16).saturating_sub(place)));
                *draw = place.wrapping_add(behind as u16);
            }
            for (place, chosen) in next.iter().zip(&chosen) {
                let Some(chosen) = things.get(usize::from(*chosen)) else { break };
                let thing = place.get();
                place.set(chosen.get());
                chosen.set(thing);
            }
            done += 2 * RUN;
        }
    }

    /// Brings `len` things, at most 65,536, into random order by calls of `swap`.
    #[inline]
    pub(crate) fn shuffle(&mut self, len: usize, mut swap: impl FnMut(usize, usize)) {
        for last in (1..len).rev() {
            swap(Self::below(self.next_u16(), last as u32 + 1) as usize, last);
        }
    }

    /// A number in `0..n` for slow paths and any `n`. Zero when `n` is zero.
    pub(crate) fn next_below(&mut self, n: u32) -> u32 {
        let wide = u64::from(self.next_u64() as u32) * u64::from(n);
        (wide >> 32) as u32
    }
}

#[cfg(test)]
impl Generator {
    /// One whose draws follow from `seed`.
    pub(crate) fn seeded(seed: u8) -> Self {
        let mut generator = Self::new_empty();
        generator.rekey([seed; 32]);
        generator
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyed() -> Generator {
        Generator::seeded(7)
    }

    #[test]
    fn without_a_key_nothing_is_drawn() {
        let mut generator = Generator::new_empty();
        assert!(!generator.is_keyed());
        generator.refill();
        assert_eq!(generator.try_next(), None);
        assert_eq!(generator.next_u64(), 0);
        assert_eq!(generator.next_below(10), 0);
        let mut draws = [1; 3];
        generator.draw(&mut draws);
        assert_eq!(draws, [0; 3]);
    }

    #[test]
    fn a_refill_serves_its_draws_and_no_more() {
        let mut generator = keyed();
        assert_eq!(generator.try_next(), None);
        generator.refill();
        let draws: Vec<u16> = core::iter::from_fn(|| generator.try_next()).collect();
        assert_eq!(draws.len(), DRAWS as usize);
        assert!(draws.iter().filter(|draw| **draw == 0).count() < 3);
    }

    #[test]
    fn many_at_once_are_the_single_ones_and_erased_too() {
        let (mut single, mut many) = (keyed(), keyed());
        single.next_u16();
        many.next_u16();
        let mut draws = [0; 600];
        many.draw(&mut draws);
        let mut expected: Vec<u16> = (0..600).map(|_| single.next_u16()).collect();
        assert_ne!(draws[..], expected[..], "a run comes out as it lies in the buffer");
        expected.sort_unstable();
        draws.sort_unstable();
        assert_eq!(draws[..], expected[..]);
        assert_eq!(single.buffer, many.buffer);
    }

    /// All things stay, the front is any of those among which it is drawn, in any order, and each as often.
    #[test]
    fn every_thing_comes_to_the_front_as_often() {
        let mut generator = keyed();
        for (len, count, among) in [(0, 0, 0), (1, 1, 1), (5, 2, 4), (5, 5, 5), (100, 40, 70)] {
            let mut seen = vec![vec![0; among]; count];
            for _ in 0..1000 {
                let mut things: Vec<usize> = (0..len).collect();
                let cells = Cell::from_mut(&mut things[..]).as_slice_of_cells();
                generator.draw_front(cells, count, among);
                for (place, thing) in things.iter().take(count).enumerate() {
                    seen[place][*thing] += 1;
                }
                assert!(things[among..].iter().copied().eq(among..len));
                things.sort_unstable();
                assert!(things.into_iter().eq(0..len));
            }
            // Six times the deviation of a fair draw.
            let fair = 1000.0 / among as f64;
            let off = |times: u32| (f64::from(times) - fair).abs() > 6.0 * fair.sqrt();
            assert!(!seen.into_iter().flatten().any(off), "{count} of {among}");
        }
    }

    #[test]
    fn the_state_after_a_refill_holds_no_trace_of_earlier_draws() {
        let mut generator = keyed();
        let old_key = generator.key;
        generator.refill();
        while generator.try_next().is_some() {}
        assert_eq!(generator.buffer, [0; ENTRIES]);
        assert!(generator.key.iter().all(|word| !old_key.contains(word)));
    }

    #[test]
    fn the_new_key_is_not_among_the_draws() {
        let mut generator = keyed();
        generator.refill();
        let key = generator.key;
        let words: Vec<u32> = generator.buffer[..DRAWS as usize]
            .chunks(2)
            .map(|pair| u32::from(pair[0]) | u32::from(pair[1]) << 16)
            .collect();
        assert!(key.iter().all(|word| *word != 0 && !words.contains(word)));
    }

    #[test]
    fn seeds_decide_the_draws() {
        let draws = |seed: u8| {
            let mut generator = Generator::seeded(seed);
            [(); 100].map(|()| generator.next_u64())
        };
        assert_eq!(draws(1), draws(1));
        assert_ne!(draws(1), draws(2));
    }

    #[test]
    fn a_new_key_drops_what_was_buffered() {
        let mut generator = keyed();
        generator.refill();
        generator.rekey([9; 32]);
        assert_eq!(generator.try_next(), None);
        assert_eq!(generator.buffer, [0; ENTRIES]);
    }

    #[test]
    fn every_outcome_of_a_range_is_drawn_about_as_often() {
        assert_eq!(Generator::below(u16::MAX, 65536), 65535);
        assert_eq!(Generator::below(u16::MAX, 1), 0);
        assert_eq!(Generator::below(u16::MAX, 0), 0);
        let mut generator = keyed();
        for n in [1, 3, 7, 85, 256] {
            let mut seen = vec![0_u32; n as usize];
            for _ in 0..n * 2000 {
                seen[Generator::below(generator.next_u16(), n) as usize] += 1;
                seen[generator.next_below(n) as usize] += 1;
            }
            assert!(seen.iter().all(|count| (3600..4400).contains(count)), "{n}");
        }
    }
}
