//! One live block as the model knows it: whose bytes, what is in them, and who made it.

use super::library::{Pointer, library, quietly};
use super::operation::Word;
use std::ops::Range;

/// Up to here every byte is written and looked at; of longer blocks both ends and some places between.
const ALL: usize = 8192;
/// Bytes of each end.
const END: usize = 2048;
/// Places between them, and their bytes.
const PLACES: usize = 12;
const PLACE: usize = 64;

/// Which functions made a block, and so may give it back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Family {
    Malloc,
    New,
    NewArray,
}

/// A live block. It has one owner, which the type system takes care of.
#[derive(Debug)]
pub struct Block {
    at: usize,
    pub size: usize,
    pub align: usize,
    pub family: Family,
    seed: u64,
    /// What holds the pattern of `seed`; all other bytes are zero. In order, and apart.
    written: Vec<Range<usize>>,
}

const fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    number ^ (number >> 29)
}

/// What is written, from any of the first bytes on. Written and compared as a whole: the targets count what
/// they reach as well, and byte by byte that would take all the time. None is zero, so that one that was lost
/// is not taken for one never written.
static PATTERN: [u8; 2 * ALL] = {
    let mut bytes = [0; 2 * ALL];
    let mut i = 0;
    while i < ALL {
        bytes[i] = mixed(i as u64 + 1) as u8 | 1;
        bytes[i + ALL] = bytes[i];
        i += 1;
    }
    bytes
};

static ZEROS: [u8; ALL] = [0; ALL];

/// The bytes of `seed` that belong at `range`, which is not longer than `ALL`.
fn pattern(seed: u64, range: &Range<usize>) -> &'static [u8] {
    let from = (seed as usize).wrapping_add(range.start) % ALL;
    &PATTERN[from..from + range.len()]
}

/// Which bytes are touched of a block of `size` bytes.
fn places(size: usize, seed: u64) -> Vec<Range<usize>> {
    if size <= ALL {
        return std::iter::once(0..size).collect();
    }
    let middle = size - 2 * END;
    let part = middle / PLACES;
    let between = (0..PLACES).map(|i| {
        let from = END + part * i + mixed(seed.wrapping_add(i as u64)) as usize % (part - PLACE);
        from..from + PLACE
    });
    let last = size - END..size;
    std::iter::once(0..END).chain(between).chain(std::iter::once(last)).collect()
}

impl Block {
    /// A block that the heap just gave out.
    pub fn new(at: Pointer, size: usize, align: usize, family: Family) -> Self {
        let block = Self { at: at.addr(), size, align, family, seed: 0, written: Vec::new() };
        assert!(block.at.is_multiple_of(align), "{block} is not aligned to {align}");
        assert!(block.at.checked_add(size).is_some_and(|end| end < 1 << 47), "{block} is nowhere");
        block
    }

    /// Its address. Blocks come from C, so their addresses are exposed.
    pub fn pointer(&self) -> Pointer {
        std::ptr::with_exposed_provenance_mut(self.at)
    }

    pub fn address(&self) -> usize {
        self.at
    }

    /// Whether they share a byte; blocks of no bytes have an address of their own.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.at < other.at + other.size.max(1) && other.at < self.at + self.size.max(1)
    }

    fn bytes(&self, range: Range<usize>) -> &[u8] {
        if range.is_empty() {
            return &[];
        }
        assert!(range.end <= self.size);
        // SAFETY: this block is live and ours, and nobody writes to it meanwhile.
        unsafe {
            std::slice::from_raw_parts(self.pointer().cast::<u8>().add(range.start), range.len())
        }
    }

    fn bytes_mut(&mut self, range: Range<usize>) -> &mut [u8] {
        if range.is_empty() {
            return &mut [];
        }
        assert!(range.end <= self.size);
        let at = self.pointer().cast::<u8>();
        // SAFETY: as above, and `self` is borrowed for as long.
        unsafe { std::slice::from_raw_parts_mut(at.add(range.start), range.len()) }
    }

    /// Writes to `percent` of it from the start, with zeros where it was written before.
    pub fn write(&mut self, seed: u64, percent: usize) {
        for range in std::mem::take(&mut self.written) {
            self.bytes_mut(range).fill(0);
        }
        self.seed = seed;
        let written = self.size / 100 * percent + self.size % 100 * percent / 100;
        for range in places(written, seed) {
            self.bytes_mut(range.clone()).copy_from_slice(pattern(seed, &range));
            self.written.push(range);
        }
    }

    /// Every byte is as the model has it, of those that are looked at.
    pub fn expect_contents(&self) {
        for range in &self.written {
            self.expect(range, pattern(self.seed, range));
        }
        let starts = self.written.iter().map(|range| range.start).chain(std::iter::once(self.size));
        let ends = std::iter::once(0).chain(self.written.iter().map(|range| range.end));
        for (from, to) in ends.zip(starts) {
            for place in places(to - from, self.seed) {
                self.expect(&(from + place.start..from + place.end), &ZEROS[..place.len()]);
            }
        }
    }

    fn expect(&self, range: &Range<usize>, expected: &[u8]) {
        let found = self.bytes(range.clone());
        if found != expected {
            let differs = found.iter().zip(expected).position(|(one, other)| one != other);
            let at = differs.expect("they differ");
            let (found, expected, at) = (found[at], expected[at], range.start + at);
            panic!("byte {at} of {self} is {found:#x}, not {expected:#x}");
        }
    }

    /// What a resize by the heap left: this block, elsewhere or not, with the contents as far as both
    /// sizes go and zeros behind.
    pub fn moved(mut self, at: Pointer, size: usize) -> Self {
        let mut written = std::mem::take(&mut self.written);
        written.retain_mut(|range| {
            range.end = range.end.min(size);
            range.start < range.end
        });
        let block = Self { seed: self.seed, written, ..Self::new(at, size, 16, self.family) };
        block.expect_contents();
        block
    }

    /// Gives it back, in the way of `word` and of its family.
    pub fn free(self, word: Word) {
        self.expect_contents();
        let (at, size, align) = (self.pointer(), self.size, self.align);
        let library = library();
        // SAFETY: a live block's address, with the size and alignment it was made with, by a function of
        // its family; nobody has it any more.
        quietly(|| unsafe {
            match (self.family, word) {
                (Family::New, Word::Free) => (library.delete)(at),
                (Family::New, _) => (library.delete_sized)(at, size),
                (Family::NewArray, Word::Free) => (library.delete_array)(at),
                (Family::NewArray, _) => (library.delete_array_sized)(at, size),
                (Family::Malloc, Word::FreeSized) => (library.free_sized)(at, size),
                (Family::Malloc, Word::FreeAlignedSized) => {
                    (library.free_aligned_sized)(at, align, size);
                }
                (Family::Malloc, _) => (library.free)(at),
            }
        });
    }
}

impl std::fmt::Display for Block {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "block {:#x} of {} bytes", self.at, self.size)
    }
}
