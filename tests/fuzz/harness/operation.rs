//! The language of operations, the same as that of `tests/programs_c/model/operation.h`, and how an input is
//! read as a sequence of them. A sequence is printed as lines that the model's program carries out too.

use libfuzzer_sys::arbitrary::{self, Arbitrary, Unstructured};
use std::fmt::{self, Debug, Display, Formatter};

/// Names for blocks.
pub const BLOCKS: usize = 64;
/// Threads, the main one included.
pub const THREADS: usize = 6;
/// Bytes of an input that make one operation.
pub const RECORD: usize = 6;

/// What an operation does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Word {
    Malloc,
    Calloc,
    AlignedAlloc,
    PosixMemalign,
    New,
    NewArray,
    Realloc,
    Reallocarray,
    Free,
    FreeSized,
    FreeAlignedSized,
    Look,
    UsableSize,
    Write,
    Churn,
    Trim,
    Statistics,
    Exit,
}

/// By the low bits of a record's first byte: what programs do often is there more than once.
const WORDS: [Word; 32] = [
    Word::Malloc,
    Word::Malloc,
    Word::Malloc,
    Word::Malloc,
    Word::Malloc,
    Word::Calloc,
    Word::Calloc,
    Word::AlignedAlloc,
    Word::PosixMemalign,
    Word::New,
    Word::NewArray,
    Word::Realloc,
    Word::Realloc,
    Word::Realloc,
    Word::Realloc,
    Word::Reallocarray,
    Word::Free,
    Word::Free,
    Word::Free,
    Word::Free,
    Word::Free,
    Word::Free,
    Word::FreeSized,
    Word::FreeAlignedSized,
    Word::Look,
    Word::UsableSize,
    Word::Write,
    Word::Churn,
    Word::Churn,
    Word::Trim,
    Word::Statistics,
    Word::Exit,
];

/// Its high bits, all set, mean another thread; to go from one to the other takes as long as many operations.
const ANOTHER: u8 = 0xe0;
/// Which one, by three more bits.
const THREAD_NUMBERS: [usize; 8] = [0, 0, 1, 1, 2, 3, 4, 5];

/// How much of a new block is written, in percent.
const FILLS: [usize; 4] = [100, 100, 40, 0];

/// Requests above this have mappings of their own.
pub const SMALL_MAX: usize = 131_096;
/// A request up to here must be met.
pub const MODEST: usize = 64 << 20;
/// One from here on must be refused: no address space is so long.
pub const IMPOSSIBLE: usize = 1 << 47;

/// Neither modest nor all of them impossible.
const HUGE: [usize; 8] = [
    1 << 30,
    1 << 36,
    1 << 42,
    IMPOSSIBLE,
    isize::MAX as usize,
    1 << 63,
    usize::MAX - 7,
    usize::MAX,
];

/// No power of two, or more than any address space.
const BAD_ALIGNMENTS: [usize; 6] = [0, 3, 24, 4097, 1 << 47, usize::MAX];

/// One operation: `a` is a size, or that of a member of an array; `b` is the number of members, an
/// alignment, or how often.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    pub thread: usize,
    pub word: Word,
    pub block: usize,
    pub a: usize,
    pub b: usize,
    pub fill: usize,
}

impl Operation {
    /// `thread` is that of the operation before.
    fn read(thread: usize, record: &[u8; RECORD]) -> Self {
        let [first, block, size_kind, low, high, more] = *record;
        let word = WORDS[usize::from(first) % WORDS.len()];
        let number = usize::from(u16::from_le_bytes([low, high]));
        let more = usize::from(more);
        let mut a = size(usize::from(size_kind) % 16, number);
        let b = match word {
            Word::Calloc | Word::Reallocarray => members(&mut a, more),
            Word::AlignedAlloc | Word::PosixMemalign => alignment(more),
            Word::Churn if a <= 1024 => more,
            Word::Churn => more % 8,
            _ => 0,
        };
        let other = usize::from(block) / BLOCKS * 2 + usize::from(size_kind) / 128;
        Self {
            thread: if first >= ANOTHER { THREAD_NUMBERS[other] } else { thread },
            word,
            block: usize::from(block) % BLOCKS,
            a,
            b,
            fill: FILLS[usize::from(size_kind) / 16 % FILLS.len()],
        }
    }
}

/// A size of one of sixteen kinds.
fn size(kind: usize, number: usize) -> usize {
    match kind {
        0..=3 => number % 80,
        4..=6 => number % 600,
        // Within a few bytes of where a class ends: five to each doubling.
        7..=9 => {
            let (power, quarters, more) = (number % 14, number / 14 % 5, number / 70 % 33);
            ((16 << power) + (4 << power) * quarters + more).saturating_sub(16)
        }
        10 => number % 4096,
        11 => number * 2,
        // Where slots end and mappings begin.
        12 => SMALL_MAX - 300 + number % 600,
        13 => SMALL_MAX + number * 8,
        14 => SMALL_MAX + number * 64,
        _ if number < 256 => HUGE[number % HUGE.len()],
        _ => number * 256,
    }
}

/// The most bytes of an array that is no mistake.
const LARGEST_ARRAY: usize = 4 << 20;

/// How many members an array has; 2^62 is a product that overflows, as `a` is then at least 4.
fn members(each: &mut usize, number: usize) -> usize {
    if number == 255 {
        *each = (*each).max(4);
        return 1 << 62;
    }
    let count = if number < 128 { number % 4 } else { number % 40 };
    if each.checked_mul(count).is_some_and(|size| size > LARGEST_ARRAY) { 1 } else { count }
}

fn alignment(number: usize) -> usize {
    match number.checked_sub(256 - BAD_ALIGNMENTS.len()) {
        Some(bad) => BAD_ALIGNMENTS[bad],
        None => 1 << (number % 22),
    }
}

/// All operations of an input; bytes that are too few for one are left over.
pub struct Sequence {
    pub operations: Vec<Operation>,
}

impl<'a> Arbitrary<'a> for Sequence {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let (records, _) = input.bytes(input.len())?.as_chunks();
        let mut thread = 0;
        let next = |record| {
            let operation = Operation::read(thread, record);
            thread = operation.thread;
            operation
        };
        Ok(Self { operations: records.iter().map(next).collect() })
    }
}

/// What cargo-fuzz prints of an input that fails.
impl Debug for Sequence {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str("serial\n")?;
        self.operations.iter().try_for_each(|operation| writeln!(out, "{operation}"))
    }
}

impl Display for Word {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Malloc => "malloc",
            Self::Calloc => "calloc",
            Self::AlignedAlloc => "aligned_alloc",
            Self::PosixMemalign => "posix_memalign",
            Self::New => "new",
            Self::NewArray => "new_array",
            Self::Realloc => "realloc",
            Self::Reallocarray => "reallocarray",
            Self::Free => "free",
            Self::FreeSized => "free_sized",
            Self::FreeAlignedSized => "free_aligned_sized",
            Self::Look => "look",
            Self::UsableSize => "usable_size",
            Self::Write => "write",
            Self::Churn => "churn",
            Self::Trim => "trim",
            Self::Statistics => "statistics",
            Self::Exit => "exit",
        })
    }
}

impl Display for Operation {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let Self { thread, word, block, a, b, fill } = self;
        write!(out, "{thread} {word} {block} {a} {b} {fill}")
    }
}
