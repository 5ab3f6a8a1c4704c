//! Freed ranges that the system would not take back: one in the midst of a mapping leaves one mapping more behind when
//! it goes, and a process has only so many (`vm.max_map_count`). They stay in the table, so that a second free is told,
//! without pages and out of reach, and go when what lies beside them has gone.

use super::extent::{Extent, Status};
use super::table;
use crate::base::addr::Addr;
use crate::base::sync::{AtomicUsize, Ordering};
use crate::region::mappings;

/// How many there are, so that nobody looks for them where there are none.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Most that go with one range beside them, or are looked at for one request: some milliseconds' work.
pub(super) const AT_ONCE: usize = 2048;

/// Below what address to look next.
static NEXT: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Takes a range that does not wait out of the table, which had it a moment ago, and gives its mapping back.
pub(super) fn forget(address: Addr) {
    let Some(gone) = give_back(address) else { return };
    let (mut start, mut end) = (gone.base, gone.end());
    for _ in 0..AT_ONCE {
        if COUNT.load(Ordering::Relaxed) == 0 {
            return;
        }
        // At the edge of its mapping now, it leaves none behind.
        let beside = table::lock().ok().and_then(|table| table.stranded_beside(start, end));
        let Some(gone) = beside.and_then(give_back) else { return };
        (start, end) = (start.min(gone.base), end.max(gone.end()));
    }
}

/// Gives all back that the system takes.
#[inline(never)]
pub(super) fn give_back_all() {
    NEXT.store(usize::MAX, Ordering::Relaxed);
    give_back_some(usize::MAX);
}

/// Looks at so many ranges, going on where it was left, and gives back what the system takes. Says whether it took any.
#[inline(never)]
pub(super) fn give_back_some(most: usize) -> bool {
    let mut any = false;
    for _ in 0..most {
        if COUNT.load(Ordering::Relaxed) == 0 {
            break;
        }
        let at = Addr::new(NEXT.load(Ordering::Relaxed));
        let found = table::lock().ok().and_then(|table| table.at_or_below(at));
        let next = found.map_or(usize::MAX, |(address, _)| address.minus(1).get());
        NEXT.store(next, Ordering::Relaxed);
        let Some((address, extent)) = found else { break };
        any |= extent.status == Status::Stranded && give_back(address).is_some();
    }
    any
}

/// Gives one range of the table back: what it was; or strands it.
fn give_back(address: Addr) -> Option<Extent> {
    let extent = table::lock_again().remove(address)?;
    release(address, extent).then_some(extent)
}

/// Gives the mapping of a range back that is in no table. `false` where it is stranded, and in the table as `address`.
pub(super) fn release(address: Addr, extent: Extent) -> bool {
    let was_stranded = extent.status == Status::Stranded;
    if mappings::release(extent.base, extent.total) {
        COUNT.fetch_sub(usize::from(was_stranded), Ordering::Relaxed);
        return true;
    }
    if !was_stranded {
        mappings::strand(extent.base, extent.total);
        COUNT.fetch_add(1, Ordering::Relaxed);
    }
    let stranded = Extent { status: Status::Stranded, stale: 0, front: 0, ..extent };
    table::lock_again().enter(address, stranded);
    false
}
