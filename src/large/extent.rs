//! One large allocation or retained range: where it lies in its mapping.
//!
//! ```text
//!   base        body                    body_end          base + total
//!    |  guard    | zeros | request | zeros |  guard, room   |
//!                        ^ address                ^ at least one page
//! ```

use super::tree::{Node, NodeIndex, NodeStore};
use crate::base::addr::Addr;
use crate::base::sync::{AtomicU64, Ordering};
use crate::region::rows::LARGE_WORDS;
use crate::region::sealed::sealed;
use crate::region::tables;
use crate::slot::state::Kind;
use static_assertions::const_assert;

/// What a range is at the moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Status {
    /// The program owns it; made by this family of functions.
    Live(Kind),
    /// Freed: inaccessible, pages kept.
    Retained,
    /// Freed, inaccessible, and only the pages of the front kept.
    Front,
    /// Freed, pages given back; inaccessible like the former.
    Held,
    /// Freed and out of use, but still mapped: the system would not take it, for want of mappings.
    Stranded,
}

/// Where a large allocation lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Extent {
    /// First byte of the mapping, guards included.
    pub(crate) base: Addr,
    /// Bytes of the mapping.
    pub(crate) total: usize,
    /// Bytes from `base` to the first accessible page.
    pub(crate) before: usize,
    /// Accessible bytes, whole pages.
    pub(crate) body_len: usize,
    /// Bytes asked for.
    pub(crate) size: usize,
    /// Bytes right below the accessible part, or right behind it where it grows, whose pages an earlier, longer
    /// allocation left. They are wiped when a block gets them, and dropped along with the rest.
    pub(crate) stale: usize,
    /// Pages at the front of the accessible part that alone were used when this was last looked at, at most
    /// [`FRONT_MOST`]; 0 where that is not so.
    pub(crate) front: usize,
    /// What it is.
    pub(crate) status: Status,
    /// Whether the guards are made by advice: they then stay where they are.
    pub(crate) advised: bool,
    /// Whether pages from the stash were ever put here: each frame is then a mapping of its own, for good.
    pub(crate) moved: bool,
    /// Whether it was made with room to grow behind it, or grew where it is.
    pub(crate) grows: bool,
    /// Whether it may be several mappings, which the kernel does not move at once: a part was replaced and opened again.
    pub(crate) parted: bool,
    /// Whether pages that an earlier block left were put into it, so that not all that it has are the program's doing.
    pub(crate) warm: bool,
}

impl Extent {
    /// First accessible byte.
    pub(crate) const fn body(&self) -> Addr {
        self.base.plus(self.before)
    }

    /// The byte after the last accessible one.
    pub(crate) const fn body_end(&self) -> Addr {
        self.body().plus(self.body_len)
    }

    /// The byte after the mapping.
    pub(crate) const fn end(&self) -> Addr {
        self.base.plus(self.total)
    }

    /// First byte that may have a page.
    pub(crate) const fn pages(&self) -> Addr {
        if self.grows || self.is_front() { self.body() } else { self.body().minus(self.stale) }
    }

    /// Bytes that may have pages.
    pub(crate) fn pages_len(&self) -> usize {
        if self.is_front() { self.front << sealed().page_bits } else { self.stale + self.body_len }
    }

    const fn is_front(&self) -> bool {
        matches!(self.status, Status::Front)
    }

    /// Bytes that it keeps pages for, freed as it is.
    pub(crate) fn kept_len(&self) -> usize {
        if matches!(self.status, Status::Held | Status::Stranded) { 0 } else { self.pages_len() }
    }

    /// The byte after the last that may have a page.
    pub(crate) fn pages_end(&self) -> Addr {
        self.pages().plus(self.pages_len())
    }

    /// Whether `address` lies in the mapping.
    pub(crate) const fn reaches(&self, address: Addr) -> bool {
        address.offset_from(self.base) < self.total
    }

    /// Whether `address` lies in the accessible part.
    pub(crate) const fn holds(&self, address: Addr) -> bool {
        address.offset_from(self.body()) < self.body_len
    }
}

const HEIGHT_MASK: u64 = 0xff;
/// Most pages of a front.
pub(crate) const FRONT_MOST: usize = (1 << (u64::BITS - FRONT_SHIFT)) - 1;
const STATUS_SHIFT: u32 = 8;
const BEFORE_SHIFT: u32 = 16;
const FRONT_SHIFT: u32 = 52;
const BEFORE_MASK: u64 = (1 << (FRONT_SHIFT - BEFORE_SHIFT)) - 1;
const ADVISED: u64 = 1 << 15;
const MOVED: u64 = 1 << 14;
const GROWS: u64 = 1 << 13;
const PARTED: u64 = 1 << 12;
const WARM: u64 = 1 << 11;
const STATUS_MASK: u64 = 0x7;
const_assert!(Status::Stranded.code() <= STATUS_MASK && STATUS_MASK << STATUS_SHIFT < WARM);

impl Status {
    const fn code(self) -> u64 {
        match self {
            Self::Live(kind) => kind as u64,
            Self::Retained => 4,
            Self::Held => 5,
            Self::Front => 6,
            Self::Stranded => 7,
        }
    }

    const fn of(code: u64) -> Self {
        match code {
            1 => Self::Live(Kind::Malloc),
            2 => Self::Live(Kind::New),
            3 => Self::Live(Kind::NewArray),
            4 => Self::Retained,
            6 => Self::Front,
            7 => Self::Stranded,
            _ => Self::Held,
        }
    }
}

/// The rows of the metadata region as the tree's nodes. Used with the table's lock held.
pub(crate) struct Rows;

impl NodeStore for Rows {
    type Value = Extent;

    fn load(&self, index: NodeIndex) -> Node {
        let [key, links, packed, ..] = words(index);
        Node::from_parts(get(key) as usize, get(links), get(packed) as u8)
    }

    fn store(&mut self, index: NodeIndex, node: Node) {
        let [key, links, packed, ..] = words(index);
        let parts = node.parts();
        set(key, parts.0 as u64);
        set(links, parts.1);
        set(packed, get(packed) & !HEIGHT_MASK | u64::from(parts.2));
    }

    fn value(&self, index: NodeIndex) -> Extent {
        let [_, _, packed, base, total, body_len, size, stale] = words(index).each_ref().map(get);
        Extent {
            base: Addr::new(base as usize),
            total: total as usize,
            before: ((packed >> BEFORE_SHIFT & BEFORE_MASK) as usize) << sealed().page_bits,
            front: (packed >> FRONT_SHIFT) as usize,
            body_len: body_len as usize,
            size: size as usize,
            stale: stale as usize,
            status: Status::of(packed >> STATUS_SHIFT & STATUS_MASK),
            advised: packed & ADVISED != 0,
            moved: packed & MOVED != 0,
            grows: packed & GROWS != 0,
            parted: packed & PARTED != 0,
            warm: packed & WARM != 0,
        }
    }

    fn set_value(&mut self, index: NodeIndex, extent: Extent) {
        let [_, _, packed, base, total, body_len, size, stale] = words(index);
        let before = (extent.before >> sealed().page_bits) as u64;
        let bits = extent.status.code() << STATUS_SHIFT
            | if extent.advised { ADVISED } else { 0 }
            | if extent.moved { MOVED } else { 0 }
            | if extent.grows { GROWS } else { 0 }
            | if extent.parted { PARTED } else { 0 }
            | if extent.warm { WARM } else { 0 }
            | (before & BEFORE_MASK) << BEFORE_SHIFT
            | (extent.front.min(FRONT_MOST) as u64) << FRONT_SHIFT;
        set(packed, get(packed) & HEIGHT_MASK | bits);
        set(base, extent.base.get() as u64);
        set(total, extent.total as u64);
        set(body_len, extent.body_len as u64);
        set(size, extent.size as u64);
        set(stale, extent.stale as u64);
    }
}

/// The words of a row: its key, its links, its height with what of the extent is packed beside it, and the rest.
fn words(index: NodeIndex) -> &'static [AtomicU64; LARGE_WORDS] {
    &tables::large_row(index.get()).0
}

fn get(word: &AtomicU64) -> u64 {
    word.load(Ordering::Relaxed)
}

fn set(word: &AtomicU64, value: u64) {
    word.store(value, Ordering::Relaxed);
}
