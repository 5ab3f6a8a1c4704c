//! The model of a heap, and what each operation must do to it. Whatever the heap does otherwise is a panic,
//! which ends the run.

use super::block::{Block, Family};
use super::library::{Pointer, call, library, quietly};
use super::operation::{BLOCKS, IMPOSSIBLE, MODEST, Operation, SMALL_MAX, Word};
use std::ffi::c_int;
use std::ptr::null_mut;

/// What is live.
pub struct Model {
    pub blocks: [Option<Block>; BLOCKS],
    /// Patterns differ from one write to the next.
    writes: u64,
    /// With the option, small blocks may have mappings of their own.
    has_samples: bool,
    /// Where blocks were before they were freed, or moved, last; 0 if they never were.
    was_at: [usize; BLOCKS],
    /// How many large blocks were freed by then, and by now.
    large_by_then: [usize; BLOCKS],
    large_by_now: usize,
}

/// What a request may lead to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Outcome {
    Met,
    Refused(c_int),
    /// Met, or refused for want of memory.
    Either,
}

fn outcome(size: usize) -> Outcome {
    match size {
        0..=MODEST => Outcome::Met,
        IMPOSSIBLE.. => Outcome::Refused(libc::ENOMEM),
        _ => Outcome::Either,
    }
}

/// Holds what was answered against what should be. True if there is a block.
fn holds(expected: Outcome, at: Pointer, errno: Option<c_int>, size: usize) -> bool {
    let is_right = match expected {
        Outcome::Met => !at.is_null() && errno.is_none(),
        Outcome::Refused(reason) => at.is_null() && errno == Some(reason),
        Outcome::Either if at.is_null() => errno == Some(libc::ENOMEM),
        Outcome::Either => errno.is_none(),
    };
    assert!(is_right, "{at:?} and errno {errno:?} for {size} bytes, where {expected:?} is right");
    !at.is_null()
}

impl Model {
    pub fn new() -> Self {
        let options = std::env::var("STARMALLOC_OPTIONS").unwrap_or_default();
        Self {
            blocks: [const { None }; BLOCKS],
            writes: 0,
            has_samples: options.contains("sample=") || options.contains("profile="),
            was_at: [0; BLOCKS],
            large_by_then: [0; BLOCKS],
            large_by_now: 0,
        }
    }

    /// Does what `operation` says, on the thread that calls.
    pub fn operate(&mut self, operation: &Operation) {
        let Operation { word, block, a, b, fill, .. } = *operation;
        match word {
            Word::Free | Word::FreeSized | Word::FreeAlignedSized => self.free(block, word),
            Word::Realloc | Word::Reallocarray => self.resize(operation),
            Word::Look => self.block(block).into_iter().for_each(Block::expect_contents),
            Word::UsableSize => self.expect_usable_size(block),
            Word::Write => {
                let seed = self.next_seed();
                if let Some(block) = &mut self.blocks[block] {
                    block.expect_contents();
                    block.write(seed, fill);
                }
            }
            Word::Churn => self.churn(block, a, b, fill),
            Word::Trim => {
                // SAFETY: it has no preconditions.
                let gave_back = quietly(|| unsafe { (library().trim)(0) });
                assert!(matches!(gave_back, 0 | 1), "malloc_trim gives {gave_back}");
            }
            Word::Statistics => self.expect_statistics(),
            Word::Exit => {}
            _ => self.allocate(operation),
        }
    }

    pub fn block(&self, number: usize) -> Option<&Block> {
        self.blocks[number].as_ref()
    }

    fn next_seed(&mut self) -> u64 {
        self.writes += 1;
        self.writes.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    /// `block` is about to be nobody's.
    fn remember(&mut self, number: usize, block: &Block) {
        self.was_at[number] = block.address();
        self.large_by_now += usize::from(block.size > SMALL_MAX || block.align > 16);
        self.large_by_then[number] = self.large_by_now;
    }

    /// An address that block `number` had and nobody has now, if it must still be known as such: the last 256
    /// of large blocks are.
    pub fn stale(&self, number: usize) -> Option<usize> {
        const KNOWN: usize = 200;
        let at = self.was_at[number];
        let is_taken =
            |block: &Block| (block.address()..=block.address() + block.size).contains(&at);
        let is_known = at != 0 && self.large_by_now - self.large_by_then[number] < KNOWN;
        (is_known && !self.blocks.iter().flatten().any(is_taken)).then_some(at)
    }

    pub fn free(&mut self, number: usize, word: Word) {
        match self.blocks[number].take() {
            Some(block) => {
                self.remember(number, &block);
                block.free(word);
            }
            // SAFETY: NULL is fine.
            None => quietly(|| unsafe {
                match word {
                    Word::FreeSized => (library().free_sized)(null_mut(), 7),
                    Word::FreeAlignedSized => (library().free_aligned_sized)(null_mut(), 16, 7),
                    _ => (library().free)(null_mut()),
                }
            }),
        }
    }

    /// A block that the heap just gave out.
    fn enter(&mut self, number: usize, mut block: Block, fill: usize) {
        for (other, taken) in self.blocks.iter().enumerate() {
            if let Some(taken) = taken {
                assert!(!block.overlaps(taken), "{block} overlaps number {other}, {taken}");
            }
        }
        let seed = self.next_seed();
        block.write(seed, fill);
        self.blocks[number] = Some(block);
    }

    pub fn allocate(&mut self, operation: &Operation) {
        let Operation { word, block: number, a, b, fill, .. } = *operation;
        if self.blocks[number].is_some() {
            self.free(number, Word::Free);
        }
        let (mut size, mut align, mut family) = (a, 16, Family::Malloc);
        let mut is_bad = false;
        match word {
            Word::Calloc => size = a.saturating_mul(b),
            // What cannot be had is thrown, which nobody here can catch.
            Word::New => (size, family) = (a % MODEST, Family::New),
            Word::NewArray => (size, family) = (a % MODEST, Family::NewArray),
            Word::AlignedAlloc | Word::PosixMemalign => {
                let least = if word == Word::PosixMemalign { size_of::<Pointer>() } else { 1 };
                is_bad = !b.is_power_of_two() || b < least;
                align = b.max(16);
            }
            _ => {}
        }
        let expected = match outcome(size.max(if is_bad { 0 } else { align })) {
            _ if is_bad => Outcome::Refused(libc::EINVAL),
            expected => expected,
        };
        let (at, errno) = ask(operation, size);
        if holds(expected, at, errno, size) {
            let block = Block::new(at, size, align, family);
            block.expect_contents();
            self.enter(number, block, fill);
        }
    }

    fn resize(&mut self, operation: &Operation) {
        let Operation { word, block: number, a, b, fill, .. } = *operation;
        // What operator new made is not realloc's.
        if self.block(number).is_some_and(|block| block.family != Family::Malloc) {
            self.free(number, Word::Free);
        }
        let old = self.blocks[number].take();
        if let Some(old) = &old {
            old.expect_contents();
        }
        let from = old.as_ref().map_or(null_mut(), Block::pointer);
        let is_array = word == Word::Reallocarray;
        let size = if is_array { a.saturating_mul(b) } else { a };
        let library = library();
        // SAFETY: a live block's address, which nobody else has, or NULL.
        let (at, errno) = call(|| unsafe {
            if is_array { (library.reallocarray)(from, b, a) } else { (library.realloc)(from, a) }
        });
        if let Some(old) = &old
            && size == 0
        {
            assert!(at.is_null() && errno.is_none(), "realloc to nothing gives {at:?}, {errno:?}");
            self.remember(number, old);
            return;
        }
        if !holds(outcome(size), at, errno, size) {
            if let Some(old) = &old {
                old.expect_contents();
            }
            self.blocks[number] = old;
            return;
        }
        let block = match old {
            Some(old) => {
                if at != from {
                    self.remember(number, &old);
                }
                old.moved(at, size)
            }
            None => {
                let block = Block::new(at, size, 16, Family::Malloc);
                block.expect_contents();
                block
            }
        };
        self.enter(number, block, fill);
    }

    /// Allocates and gives back again and again, so that memory comes again.
    fn churn(&mut self, number: usize, size: usize, times: usize, fill: usize) {
        for i in 0..times {
            let word = if i % 2 == 0 { Word::Calloc } else { Word::Malloc };
            self.allocate(&Operation { thread: 0, word, block: number, a: size, b: 1, fill });
            self.free(number, if i % 3 == 0 { Word::FreeSized } else { Word::Free });
        }
        self.free(number, Word::Free);
    }

    fn expect_usable_size(&self, number: usize) {
        let block = self.block(number);
        let at = block.map_or(null_mut(), Block::pointer);
        // SAFETY: a live block's address, or NULL.
        let usable = quietly(|| unsafe { (library().usable_size)(at) });
        let size = block.map_or(0, |block| block.size);
        assert_eq!(usable, size, "usable size of {at:?}");
    }

    /// Nobody else uses this heap, so that all figures can be foretold.
    pub fn expect_statistics(&self) {
        // SAFETY: it has no preconditions.
        let found = quietly(|| unsafe { (library().mallinfo2)() });
        let live = || self.blocks.iter().flatten();
        let bytes: usize = live().map(|block| block.size).sum();
        let large = live().filter(|block| block.size > SMALL_MAX).count();
        let may_be_large = live().filter(|block| block.align > 16 || self.has_samples).count();
        assert_eq!(found.uordblks + found.fordblks, found.arena, "{found:?}");
        assert!(found.smblks <= found.ordblks, "{found:?}");
        assert_eq!(found.uordblks + found.hblkhd, bytes, "bytes in use: {found:?}");
        assert!(
            (large..=large + may_be_large).contains(&found.hblks),
            "{large} to {} large blocks: {found:?}",
            large + may_be_large
        );
    }

    /// Gives everything back; the heap is as empty as before.
    pub fn end(&mut self) {
        for number in 0..BLOCKS {
            if self.blocks[number].is_some() {
                self.free(number, Word::Free);
            }
        }
        self.expect_statistics();
    }
}

/// Makes the call of an operation that allocates; `size` is the modest one that is asked of operator new.
fn ask(operation: &Operation, size: usize) -> (Pointer, Option<c_int>) {
    let Operation { word, a, b, .. } = *operation;
    let library = library();
    if word == Word::PosixMemalign {
        return posix_memalign(b, a);
    }
    // SAFETY: none of these has a precondition.
    call(|| unsafe {
        match word {
            Word::Calloc => (library.calloc)(b, a),
            Word::AlignedAlloc => (library.aligned_alloc)(b, a),
            Word::New => (library.new)(size),
            Word::NewArray => (library.new_array)(size),
            _ => (library.malloc)(a),
        }
    })
}

/// What POSIX says of the result and of errno, which stay as they are on failure; then as for the others.
fn posix_memalign(align: usize, size: usize) -> (Pointer, Option<c_int>) {
    let mut at: Pointer = std::ptr::dangling_mut();
    let before = at;
    // SAFETY: `at` is ours to write.
    let error = quietly(|| unsafe { (library().posix_memalign)(&raw mut at, align, size) });
    assert_eq!(error == 0, at != before, "posix_memalign: {error} and {at:?}");
    if error == 0 { (at, None) } else { (null_mut(), Some(error)) }
}
