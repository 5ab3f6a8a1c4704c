//! The table of large allocations: the tree, its rows, and the retained ranges, behind one lock
//! that is never held across a system call on the mappings.

use super::extent::{Extent, Rows, Status};
use super::retained::Retained;
use super::stash::{FRAME, Stash};
use super::tree::{Insertion, NodeIndex, Tree};
use crate::base::addr::Addr;
use crate::base::sync::Ordering;
use crate::platform::lock::{Guard, HeldHere, Lock};
use crate::region::sealed::sealed;
use crate::region::tables;

/// Beside this much memory in use as much is kept; beside a quarter of it half as much, beside four
/// times as much twice.
const AS_MUCH_AS_LIVE: usize = 16 << 20;

/// Where blocks follow one another soon, the last one of at most so many bytes may keep its pages whatever else has
/// some: one block of 3 MB at a time took 8 times glibc's CPU time. glibc keeps
/// blocks of up to as much then, too.
const FOLLOWED_MOST: usize = 32 << 20;

/// Pages that live blocks keep out of reach for a later, longer one: at most this many bytes, or this
/// part of the live bytes.
const STALE_BYTES: usize = 2 * FRAME;
const STALE_PART: usize = 4;

/// Addresses remembered after their ranges are gone.
const PAST: usize = 256;

#[cfg(all(test, any(loom, shuttle)))]
mod interleavings;

/// How far below a block its guard may begin, and ranges that are looked at within that.
const GUARD_REACH: usize = 32 << 20;
const STEPS: u32 = 1024;

/// What the lock protects.
pub(crate) struct Table {
    tree: Tree,
    /// Rows ever used, and the first spare one (0: none).
    rows: u32,
    spare: u32,
    /// How far rows are writable.
    rows_end: usize,
    /// Live allocations, and the bytes asked for in them.
    pub(crate) live: usize,
    /// As above.
    pub(crate) live_bytes: usize,
    /// Bytes of pages that live allocations keep out of reach.
    stale_bytes: usize,
    /// Addresses of allocations that are not in the tree any more, and where the next one goes.
    past: [Addr; PAST],
    next_past: usize,
    /// Freed ranges that wait.
    pub(crate) retained: Retained,
    /// Pages that freed ranges left.
    pub(crate) stash: Stash,
}

static TABLE: Lock<Table> = Lock::new(Table::EMPTY);

/// Takes the lock.
#[inline(never)]
pub(crate) fn lock() -> Result<Guard<'static, Table>, HeldHere> {
    TABLE.acquire()
}

/// Whether somebody has it.
#[cfg(all(test, any(loom, shuttle)))]
pub(crate) fn is_locked() -> bool {
    TABLE.is_taken()
}

/// Takes it for the rest of an operation that has had it before and so did not interrupt its holder:
/// whoever has it lets go of it. There is one such lock: of threads that insist on two, two may wait for
/// one another.
pub(crate) fn lock_again() -> Guard<'static, Table> {
    loop {
        if let Ok(table) = lock() {
            return table;
        }
    }
}

/// Before a fork.
pub(crate) fn hold_for_fork() -> bool {
    TABLE.hold_for_fork()
}

/// After a fork, in parent and child.
pub(crate) fn let_go_after_fork() {
    TABLE.let_go_after_fork();
}

impl Table {
    const EMPTY: Self = Self {
        tree: Tree::new(),
        rows: 0,
        spare: 0,
        rows_end: 0,
        live: 0,
        live_bytes: 0,
        stale_bytes: 0,
        past: [Addr::NULL; PAST],
        next_past: 0,
        retained: Retained::new(),
        stash: Stash::new(),
    };

    /// A row for a new node; rows are numbered from 1.
    fn take_row(&mut self) -> Option<NodeIndex> {
        let index = if self.spare != 0 {
            let index = self.spare;
            let next = tables::large_row(index).0.first().map_or(0, |w| w.load(Ordering::Relaxed));
            self.spare = next as u32;
            index
        } else {
            let index = self.rows + 1;
            let fits = index < sealed().layout.large_rows;
            if !fits || !tables::commit_large_row(index, &mut self.rows_end) {
                return None;
            }
            self.rows = index;
            index
        };
        NodeIndex::new(index)
    }

    fn give_row_back(&mut self, index: NodeIndex) {
        if let Some(word) = tables::large_row(index.get()).0.first() {
            word.store(u64::from(self.spare), Ordering::Relaxed);
        }
        self.spare = index.get();
    }

    /// Enters a live allocation; `false` when there is no row for it.
    pub(crate) fn enter(&mut self, address: Addr, extent: Extent) -> bool {
        self.take_row().is_some_and(|row| self.enter_in(row, address, extent))
    }

    /// As `enter`, in a row that `take_out` gave: that cannot fail for want of one.
    pub(crate) fn enter_in(&mut self, row: NodeIndex, address: Addr, extent: Extent) -> bool {
        if self.tree.insert(&mut Rows, row, address.get(), extent) != Insertion::Done {
            self.give_row_back(row);
            return false;
        }
        self.count(&extent);
        true
    }

    /// The range whose key is `address`.
    pub(crate) fn find(&self, address: Addr) -> Option<Extent> {
        self.tree.find(&Rows, address.get()).map(|(_, extent)| extent)
    }

    /// The range with the greatest key at or below `address`, and that key.
    pub(super) fn at_or_below(&self, address: Addr) -> Option<(Addr, Extent)> {
        let (key, _, extent) = self.tree.find_at_or_below(&Rows, address.get())?;
        Some((Addr::new(key), extent))
    }

    /// The range whose mapping holds `address`, guards included, and its key.
    pub(crate) fn around(&self, address: Addr) -> Option<(Addr, Extent)> {
        let holds = |found: &(Addr, Extent)| found.1.reaches(address);
        self.at_or_below(address).filter(holds).or_else(|| self.first_above(address).filter(holds))
    }

    /// The first range above `address`, not too far away: its guard may begin below.
    fn first_above(&self, address: Addr) -> Option<(Addr, Extent)> {
        let (mut found, mut at) = (None, address.plus(GUARD_REACH));
        for _ in 0..STEPS {
            match self.at_or_below(at) {
                Some(next) if next.0 > address => (found, at) = (Some(next), next.0.minus(1)),
                _ => break,
            }
        }
        found
    }

    /// The key of a stranded range that ends at `start`, or begins at `end`.
    pub(super) fn stranded_beside(&self, start: Addr, end: Addr) -> Option<Addr> {
        let is_stranded = |found: &(Addr, Extent)| found.1.status == Status::Stranded;
        let below = self.at_or_below(start.minus(1)).filter(|found| found.1.end() == start);
        let above = || self.first_above(end).filter(|found| found.1.base == end);
        let found = below.filter(is_stranded).or_else(|| above().filter(is_stranded))?;
        Some(found.0)
    }

    /// Bytes of pages that nobody uses, kept for later allocations.
    pub(crate) fn kept_bytes(&self) -> usize {
        self.retained.bytes() + self.stash.bytes()
    }

    /// Bytes of such pages that may stay.
    pub(crate) fn budget(&self) -> usize {
        self.budget_beside(0)
    }

    /// As many as may stay while `more` bytes are live.
    pub(crate) fn budget_beside(&self, more: usize) -> usize {
        let live_bytes = self.live_bytes.saturating_add(more);
        match (sealed().options.large_retained_kib as usize) << 10 {
            0 => 0,
            least => least.max(live_bytes.saturating_mul(AS_MUCH_AS_LIVE).isqrt()),
        }
    }

    /// As many as may stay when `freed`, of which `pages` bytes are kept, has just been.
    pub(crate) fn budget_after(&self, freed: &Extent, pages: usize, now: u64) -> usize {
        // What grows next takes the range freed before this one: both have their pages until then.
        let budget = self.budget_beside(if freed.grows { freed.size } else { 0 });
        let is_short = freed.body_len <= FOLLOWED_MOST;
        let is_followed = is_short && self.retained.any.goes_on(now, freed.body_len);
        // So does what uses the same front.
        let pages = pages << u32::from(freed.status == Status::Front);
        if is_followed && budget > 0 { budget.max(pages) } else { budget }
    }

    /// Bytes of pages that one more live block may keep out of reach.
    pub(crate) fn stale_room(&self) -> usize {
        STALE_BYTES.max(self.live_bytes / STALE_PART).saturating_sub(self.stale_bytes)
    }

    /// Replaces what is known of `address`, keeping the counters right.
    pub(crate) fn update(&mut self, address: Addr, extent: Extent) {
        if let Some(old) = self.tree.replace_value(&mut Rows, address.get(), extent) {
            self.uncount(&old);
            self.count(&extent);
        }
    }

    /// Removes a range.
    pub(crate) fn remove(&mut self, address: Addr) -> Option<Extent> {
        let (row, extent) = self.take_out(address)?;
        self.give_row_back(row);
        Some(extent)
    }

    /// Removes a range that will be entered again elsewhere; its row stays with the caller.
    pub(crate) fn take_out(&mut self, address: Addr) -> Option<(NodeIndex, Extent)> {
        let (row, extent) = self.tree.remove(&mut Rows, address.get())?;
        self.uncount(&extent);
        if let Some(past) = self.past.get_mut(self.next_past) {
            *past = address;
        }
        self.next_past = (self.next_past + 1) % PAST;
        Some((row, extent))
    }

    /// Whether an allocation was at `address` not long ago; to be asked when none is now.
    pub(crate) fn was_at(&self, address: Addr) -> bool {
        self.past.contains(&address)
    }

    fn count(&mut self, extent: &Extent) {
        if let Status::Live(_) = extent.status {
            self.live += 1;
            self.live_bytes += extent.size;
            self.stale_bytes += extent.stale;
        }
    }

    fn uncount(&mut self, extent: &Extent) {
        if let Status::Live(_) = extent.status {
            self.live = self.live.saturating_sub(1);
            self.live_bytes = self.live_bytes.saturating_sub(extent.size);
            self.stale_bytes = self.stale_bytes.saturating_sub(extent.stale);
        }
    }
}
