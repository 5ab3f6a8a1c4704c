//! Sequences of operations, as proptest makes and shrinks them. The words are those of
//! `programs_c/model/operation.h`.

use proptest::collection::vec;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any};
use proptest::sample::select;
use std::fmt::{self, Display, Formatter};

/// One line of a sequence.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    thread: u8,
    pub(crate) word: &'static str,
    block: u8,
    a: u64,
    b: u64,
    fill: u8,
}

/// A sequence, and the options under which it runs.
#[derive(Clone, Debug)]
pub(crate) struct Sequence {
    pub(crate) options: &'static str,
    is_serial: bool,
    /// Proptest takes out whole parts first, then single operations: many runs fewer.
    parts: Vec<Vec<Operation>>,
    pub(crate) misuse: Option<Operation>,
}

/// What the sequences of one test are like.
pub(crate) struct Shape {
    pub(crate) threads: u8,
    pub(crate) blocks: u8,
    pub(crate) parts: usize,
    pub(crate) sizes: fn() -> BoxedStrategy<u64>,
    /// How often one operation allocates and frees at most.
    pub(crate) churn: u64,
    pub(crate) is_parallel: bool,
    pub(crate) ends_in_misuse: bool,
}

/// Operations of one part.
const PART: usize = 32;

impl Sequence {
    pub(crate) fn len(&self) -> usize {
        self.parts.iter().map(Vec::len).sum::<usize>() + usize::from(self.misuse.is_some())
    }
}

impl Display for Sequence {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}", if self.is_serial { "serial" } else { "parallel" })?;
        for Operation { thread, word, block, a, b, fill } in
            self.parts.iter().flatten().chain(&self.misuse)
        {
            writeln!(out, "{thread} {word} {block} {a} {b} {fill}")?;
        }
        Ok(())
    }
}

/// A size; now and then one that nobody can have.
fn with_impossible(sizes: BoxedStrategy<u64>) -> BoxedStrategy<u64> {
    proptest::prop_oneof![
        60 => sizes,
        1 => select(vec![1 << 47, i64::MAX as u64, 1 << 63, u64::MAX - 7, u64::MAX]),
    ]
    .boxed()
}

/// Within a few bytes of where a class ends, or where slots end and mappings begin.
fn at_an_edge(powers: std::ops::Range<u32>) -> BoxedStrategy<u64> {
    (powers, 0..5_u64, 0..33_u64)
        .prop_map(|(power, quarters, more)| {
            let power = 1_u64 << power;
            (power + power / 4 * quarters + more).saturating_sub(16)
        })
        .boxed()
}

/// Up to a few hundred bytes.
pub(crate) fn small_sizes() -> BoxedStrategy<u64> {
    proptest::prop_oneof![6 => 0..80_u64, 3 => 0..600_u64, 1 => at_an_edge(4..10)].boxed()
}

/// Of all kinds, as programs ask for.
pub(crate) fn mixed_sizes() -> BoxedStrategy<u64> {
    proptest::prop_oneof![
        8 => 0..200_u64,
        4 => 0..2_000_u64,
        2 => 0..20_000_u64,
        1 => 0..300_000_u64,
        2 => at_an_edge(4..18),
    ]
    .boxed()
}

/// Around and above the largest slot.
pub(crate) fn large_sizes() -> BoxedStrategy<u64> {
    proptest::prop_oneof![
        3 => 100_000..600_000_u64,
        2 => 100_000..4_000_000_u64,
        2 => at_an_edge(16..23),
        1 => 0..5_000_u64,
    ]
    .boxed()
}

/// The most bytes that an array has.
const LARGEST_ARRAY: u64 = 4 << 20;

fn array(sizes: BoxedStrategy<u64>) -> impl Strategy<Value = (u64, u64)> {
    let count = proptest::prop_oneof![3 => 0..4_u64, 2 => 0..40_u64, 1 => Just(1 << 62)];
    (sizes, count).prop_map(|(each, count)| {
        // The product is one that must be met, or overflows.
        let is_modest = each.checked_mul(count).is_none_or(|size| size <= LARGEST_ARRAY);
        if is_modest { (each, count) } else { (each, 1) }
    })
}

fn aligned(sizes: BoxedStrategy<u64>) -> impl Strategy<Value = (u64, u64)> {
    let good = (0..22_u32).prop_map(|power| 1 << power);
    let bad = select(vec![0, 3, 24, 4097, 1 << 47, u64::MAX]);
    (sizes, proptest::prop_oneof![12 => good, 1 => bad])
}

/// Word and two arguments.
fn words(shape: &Shape) -> BoxedStrategy<(&'static str, u64, u64)> {
    let plain = || with_impossible((shape.sizes)());
    let one = |words: &[&'static str]| {
        (select(words.to_vec()), plain()).prop_map(|(word, size)| (word, size, 0))
    };
    let arrays = |word| array(plain()).prop_map(move |(each, count)| (word, each, count));
    let aligned = (select(vec!["aligned_alloc", "posix_memalign"]), aligned(plain()))
        .prop_map(|(word, (size, align))| (word, size, align));
    let churn = ((shape.sizes)(), 0..=shape.churn).prop_map(|(size, times)| ("churn", size, times));
    let bare = |words: &[&'static str]| select(words.to_vec()).prop_map(|word| (word, 0, 0));
    proptest::prop_oneof![
        60 => one(&["malloc"]),
        25 => arrays("calloc"),
        10 => aligned,
        10 => one(&["new", "new_array"]),
        35 => one(&["realloc"]),
        8 => arrays("reallocarray"),
        60 => bare(&["free", "free", "free_sized", "free_aligned_sized"]),
        20 => bare(&["look", "usable_size", "write", "write"]),
        3 => churn,
        2 => bare(&["trim"]),
        4 => bare(&["statistics"]),
        2 => bare(&["exit"]),
        1 => bare(&["fork"]),
    ]
    .boxed()
}

fn operation(shape: &Shape) -> BoxedStrategy<Operation> {
    (0..shape.threads, words(shape), 0..shape.blocks, select(vec![100, 100, 40, 0]))
        .prop_map(|(thread, (word, a, b), block, fill)| Operation {
            thread,
            word,
            block,
            a,
            b,
            fill,
        })
        .boxed()
}

/// Every kind of misuse that the program knows.
pub(crate) const MISUSES: [&str; 11] = [
    "double_free",
    "stale_free",
    "interior_free",
    "foreign_free",
    "overflow",
    "write_after_free",
    "wrong_size",
    "wrong_alignment",
    "wrong_family",
    "freed_realloc",
    "freed_usable_size",
];

fn misuse(shape: &Shape) -> BoxedStrategy<Option<Operation>> {
    if !shape.ends_in_misuse {
        return Just(None).boxed();
    }
    // What became of a freed address depends on all that came before: that one more often.
    let words = proptest::prop_oneof![3 => select(MISUSES.to_vec()), 1 => Just("stale_free")];
    (0..shape.threads, words, 0..shape.blocks, 0..4_000_u64, any::<u16>())
        .prop_map(|(thread, word, block, a, b)| {
            Some(Operation { thread, word, block, a, b: u64::from(b), fill: 100 })
        })
        .boxed()
}

/// The last is a must for misuse that only it finds.
const TYPES: &str = "type_mismatch_check=on";
const OPTIONS: [&str; 4] = ["", "", "level=strong", TYPES];

/// All sequences of one shape.
pub(crate) fn sequences(shape: &Shape) -> BoxedStrategy<Sequence> {
    let parts = vec(vec(operation(shape), 0..=PART), 0..=shape.parts);
    let is_serial = !shape.is_parallel;
    (select(OPTIONS.to_vec()), parts, misuse(shape))
        .prop_map(move |(options, parts, misuse)| {
            let needs_types = misuse.as_ref().is_some_and(|misuse| misuse.word == "wrong_family");
            let options = if needs_types { TYPES } else { options };
            Sequence { options, is_serial, parts, misuse }
        })
        .boxed()
}
