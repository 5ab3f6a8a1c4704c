//! What no correct program does, and the reports that are right for it: the same as in
//! `tests/programs_c/model/misuse.h`.

use super::block::{Block, Family};
use super::library::{Pointer, library};
use super::model::Model;
use super::operation::{BLOCKS, Operation, RECORD, SMALL_MAX, Sequence, Word};
use libfuzzer_sys::arbitrary::{self, Arbitrary, Unstructured};
use std::fmt::{self, Debug, Display, Formatter};
use std::hint::black_box;
use std::ptr::null_mut;

/// A kind of misuse.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    DoubleFree,
    StaleFree,
    InteriorFree,
    ForeignFree,
    Overflow,
    WriteAfterFree,
    WrongSize,
    WrongAlignment,
    WrongFamily,
    FreedRealloc,
    FreedUsableSize,
}

/// What became of a freed address depends on all that came before: that one more often.
const KINDS: [Kind; 16] = [
    Kind::DoubleFree,
    Kind::DoubleFree,
    Kind::StaleFree,
    Kind::StaleFree,
    Kind::StaleFree,
    Kind::InteriorFree,
    Kind::InteriorFree,
    Kind::ForeignFree,
    Kind::Overflow,
    Kind::Overflow,
    Kind::WriteAfterFree,
    Kind::WrongSize,
    Kind::WrongAlignment,
    Kind::WrongFamily,
    Kind::FreedRealloc,
    Kind::FreedUsableSize,
];

/// One misuse, of block `block` if it is about one.
#[derive(Clone, Copy)]
pub struct Misuse {
    kind: Kind,
    block: usize,
    a: usize,
    b: usize,
}

/// Operations, and a misuse at their end.
pub struct Misused {
    pub before: Sequence,
    pub misuse: Misuse,
}

impl<'a> Arbitrary<'a> for Misused {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let [kind, block, a, more_a, b, more_b] = input.arbitrary::<[u8; RECORD]>()?;
        let misuse = Misuse {
            kind: KINDS[usize::from(kind) % KINDS.len()],
            block: usize::from(block) % BLOCKS,
            a: u16::from_le_bytes([a, more_a]).into(),
            b: u16::from_le_bytes([b, more_b]).into(),
        };
        Ok(Self { before: Sequence::arbitrary(input)?, misuse })
    }
}

impl Debug for Misused {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let Misuse { kind, block, a, b } = self.misuse;
        writeln!(out, "{:?}0 {kind} {block} {a} {b} 0", self.before)
    }
}

/// What is about to be done, and what must come of it.
pub struct Plan {
    /// It must not return.
    pub commit: Box<dyn FnOnce()>,
    /// The first line of the report, behind what all of them start with: one of these.
    pub reports: Vec<String>,
    /// The processor may stop it instead.
    pub may_fault: bool,
}

impl Plan {
    fn new(reports: &[String], commit: impl FnOnce() + 'static) -> Self {
        Self { commit: Box::new(commit), reports: reports.to_vec(), may_fault: false }
    }
}

/// Frees it whatever it is: the point of all this.
fn free(at: usize) {
    let at = std::ptr::with_exposed_provenance_mut(at);
    // SAFETY: unsound by intent; this process is a child that must end here.
    unsafe { (library().free)(black_box(at)) }
}

fn overwrite(at: usize, offset: usize, change: impl FnOnce(u8) -> u8) {
    let at = std::ptr::with_exposed_provenance_mut::<u8>(at + offset);
    // SAFETY: as above.
    unsafe { at.write_volatile(change(at.read_volatile())) }
}

impl Misuse {
    /// What to do in the state that `model` is in; sees to it that there is a block for it. None where what it
    /// would do is no misuse.
    pub fn plan(&self, model: &mut Model) -> Option<Plan> {
        let Self { kind, block: number, a, b } = *self;
        match kind {
            Kind::StaleFree => return stale_free(model, number),
            Kind::ForeignFree => return Some(foreign_free(a)),
            Kind::WrongFamily if !checks_families() => return None,
            _ => {}
        }
        let any_family = matches!(kind, Kind::WrongFamily | Kind::InteriorFree);
        // What is written after free has to come again when as much is asked for: neither aligned nor resized.
        let is_fit = |block: &Block| {
            kind != Kind::WriteAfterFree
                && block.size > 0
                && (any_family || block.family == Family::Malloc)
        };
        if !model.block(number).is_some_and(is_fit) {
            let word = Word::Malloc;
            let fresh =
                Operation { thread: 0, word, block: number, a: a % 4000 + 1, b: 0, fill: 40 };
            model.allocate(&fresh);
        }
        let block = model.block(number)?;
        let (at, size) = (block.address(), block.size);
        let again = move |report: String, commit: fn(Pointer, usize)| {
            Plan::new(&[report], move || {
                free(at);
                commit(std::ptr::with_exposed_provenance_mut(at), b);
            })
        };
        Some(match kind {
            Kind::InteriorFree => interior_free(at, size, b),
            Kind::Overflow => overflow(block, b),
            Kind::WriteAfterFree => write_after_free(at, size, b),
            Kind::WrongSize => wrong_size(at, size, b),
            Kind::WrongAlignment => wrong_alignment(at, size, b),
            Kind::WrongFamily => wrong_family(at, block.family),
            Kind::FreedRealloc => again(format!("realloc of freed memory at {at:#x}"), |at, b| {
                // SAFETY: as in `free`.
                unsafe { (library().realloc)(black_box(at), b) };
            }),
            Kind::FreedUsableSize => {
                again(format!("malloc_usable_size of freed memory at {at:#x}"), |at, _| {
                    // SAFETY: as in `free`.
                    unsafe { (library().usable_size)(black_box(at)) };
                })
            }
            _ => again(format!("double free of {at:#x}"), |at, _| free(at.addr())),
        })
    }
}

/// An address that is no block's any more. Its place may be inside another one's by now, or have gone back to
/// the system with all around it.
fn stale_free(model: &Model, number: usize) -> Option<Plan> {
    let at = model.stale(number)?;
    let reports = [
        format!("double free of {at:#x}"),
        format!("invalid free of {at:#x} (inside an allocation)"),
        format!("invalid free of {at:#x} (never allocated)"),
    ];
    Some(Plan::new(&reports, move || free(at)))
}

/// Memory that is the program's own, of its stack, of libc's heap, or nobody's.
fn foreign_free(which: usize) -> Plan {
    static HERE: u128 = 1;
    let on_heap: &'static u128 = Box::leak(Box::new(2));
    let at = [(&raw const HERE).addr(), std::ptr::from_ref(on_heap).addr(), 16][which % 3];
    let what = if at == 16 { "not a valid address" } else { "not from this allocator" };
    Plan::new(&[format!("invalid free of {at:#x} ({what})")], move || free(at))
}

fn interior_free(at: usize, size: usize, b: usize) -> Plan {
    let mut offset = if size == 1 { 1 } else { b % (size - 1) + 1 };
    // Half of them where a block could start.
    if b.is_multiple_of(2) && offset >= 16 {
        offset -= offset % 16;
    }
    let what = if offset.is_multiple_of(16) { "inside an allocation" } else { "not aligned" };
    let at = at + offset;
    Plan::new(&[format!("invalid free of {at:#x} ({what})")], move || free(at))
}

/// Slots, aligned or not, have eight bytes of canary at their end; large blocks end at a multiple of 16 of bytes
/// before a page that is not there.
fn overflow(block: &Block, b: usize) -> Plan {
    let (at, size) = (block.address(), block.size);
    let may_fault = size > SMALL_MAX || block.align > 16;
    let offset = size + b % if size > SMALL_MAX { 16 } else { 8 };
    let reports = [
        format!("overflow past the requested size of {at:#x}"),
        format!("overflow, canary overwritten behind {at:#x}"),
    ];
    let commit = move || {
        overwrite(at, offset, |byte| byte ^ 0x5a);
        free(at);
    };
    Plan { may_fault, ..Plan::new(&reports, commit) }
}

/// More than any thread holds back of one size.
const ROUNDS: usize = 60_000;
/// Slots that were given back are taken at random, so that one may be left out for long.
const PASSES: usize = 5;

/// Frees and allocates until every slot that this thread can get was looked at.
fn write_after_free(at: usize, size: usize, b: usize) -> Plan {
    let offset = b % size;
    Plan::new(&[format!("write after free to {at:#x}")], move || {
        free(at);
        overwrite(at, offset, |_| 0x41);
        (0..PASSES).for_each(|_| use_again(size));
    })
}

fn use_again(size: usize) {
    let mut held = [null_mut(); 512];
    for i in 0..ROUNDS {
        let held = &mut held[i % 512];
        // SAFETY: what was allocated before is freed once.
        unsafe { (library().free)(*held) };
        // SAFETY: it has no preconditions.
        *held = unsafe { (library().malloc)(size) };
    }
    // SAFETY: each is freed once.
    held.into_iter().for_each(|at| unsafe { (library().free)(at) });
    // SAFETY: it has no preconditions.
    unsafe { (library().trim)(0) };
}

fn wrong_size(at: usize, size: usize, b: usize) -> Plan {
    let by = b / 2;
    let stated = if b % 2 == 1 { size + 1 + by % 5000 } else { size - 1 - by % size };
    Plan::new(&[format!("size mismatch in free_sized of {at:#x}")], move || {
        let at = std::ptr::with_exposed_provenance_mut(at);
        // SAFETY: as in `free`.
        unsafe { (library().free_sized)(black_box(at), stated) }
    })
}

fn wrong_alignment(at: usize, size: usize, b: usize) -> Plan {
    let has = at & at.wrapping_neg();
    let stated = if b % 2 == 1 { has * 2 } else { 48 };
    let report = format!("alignment mismatch in free_aligned_sized of {at:#x}");
    Plan::new(&[report], move || {
        let at = std::ptr::with_exposed_provenance_mut(at);
        // SAFETY: as in `free`.
        unsafe { (library().free_aligned_sized)(black_box(at), stated, size) }
    })
}

fn checks_families() -> bool {
    std::env::var("STARMALLOC_OPTIONS").is_ok_and(|list| list.contains("type_mismatch_check=on"))
}

fn wrong_family(at: usize, family: Family) -> Plan {
    if family != Family::Malloc {
        return Plan::new(&[format!("type mismatch in free of {at:#x}")], move || free(at));
    }
    Plan::new(&[format!("type mismatch in delete of {at:#x}")], move || {
        let at = std::ptr::with_exposed_provenance_mut(at);
        // SAFETY: as in `free`.
        unsafe { (library().delete)(black_box(at)) }
    })
}

impl Display for Kind {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::DoubleFree => "double_free",
            Self::StaleFree => "stale_free",
            Self::InteriorFree => "interior_free",
            Self::ForeignFree => "foreign_free",
            Self::Overflow => "overflow",
            Self::WriteAfterFree => "write_after_free",
            Self::WrongSize => "wrong_size",
            Self::WrongAlignment => "wrong_alignment",
            Self::WrongFamily => "wrong_family",
            Self::FreedRealloc => "freed_realloc",
            Self::FreedUsableSize => "freed_usable_size",
        })
    }
}
