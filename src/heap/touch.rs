//! Memory faults at addresses of ours, put in words before they end the program.

use super::fault::{block, state_of, with_histories};
use crate::base::addr::Addr;
use crate::base::index::{ClassId, Place};
use crate::base::size::round_up;
use crate::large::extent::Status;
use crate::large::table;
use crate::platform::signals::{self, Handler};
use crate::region::samples;
use crate::region::sealed::sealed;
use crate::report::{self, Block, Evidence, Fault, Kind, Operation, State};
use crate::sample::record::{self, Record};
use crate::slot::life;

/// Watches for memory faults if the options say so; takes them back from a handler that the program set
/// since, which is called afterwards.
pub(crate) fn watch() {
    if samples::are_there() && sealed().options.sample > 0 || sealed().options.report_touch {
        signals::on_memory_fault::<Explain>();
    }
}

struct Explain;

impl Handler for Explain {
    fn handle(address: usize) {
        explain(address);
    }
}

/// Reports the fault at `address` if it is about memory of ours.
fn explain(address: usize) {
    let touched = Addr::new(address);
    let sample = record::around(touched).filter(|_| is_no_one_elses(touched));
    let fault = match &sample {
        Some(sample) => of_sample(touched, sample),
        None if sealed().layout.holds(touched) => in_data_region(touched),
        None => of_large(touched),
    };
    if let Some(fault) = fault {
        with_histories(sample.as_ref(), |histories| report::announce_end(&fault, histories));
    }
}

/// Whether the place of a sample still is the library's, or nobody's. When its range was given back, the program
/// may map something of its own there, and have faults on it.
fn is_no_one_elses(touched: Addr) -> bool {
    let is_ours = || {
        let around = table::lock().ok().and_then(|table| table.around(touched));
        around.is_some_and(|(_, extent)| extent.reaches(touched))
    };
    sealed().layout.holds(touched) || is_ours() || !report::is_mapped(touched.get())
}

/// A touch of memory around or in the block of `size` bytes at `start`, with `total` bytes of pages. None if those of a
/// live one were touched: the library has not closed them, but the program may have, to learn of each write.
fn of_block(touched: Addr, start: Addr, size: usize, total: usize, is_live: bool) -> Option<Fault> {
    let end = start.plus(size);
    let pages = start.align_down(sealed().page)..end.align_up(sealed().page)?;
    if is_live && pages.contains(&touched) {
        return None;
    }
    let (kind, evidence) = if touched < start {
        let distance = start.offset_from(touched);
        (Kind::TouchBefore, Evidence::Outside { distance, is_past: false })
    } else if touched >= end {
        let distance = touched.offset_from(end);
        (Kind::TouchPast, Evidence::Outside { distance, is_past: true })
    } else {
        (Kind::TouchFreed, Evidence::None)
    };
    let kind = if is_live { kind } else { Kind::TouchFreed };
    let block = Block {
        place: report::Place::Large,
        size: total,
        requested: Some(size),
        offset: touched.offset_from(start),
    };
    let state = if is_live { State::Live } else { State::Quarantined };
    let fault = Fault::new(kind, Operation::Access, touched.get());
    Some(fault.in_block(block).in_state(state).with(evidence))
}

fn of_sample(touched: Addr, sample: &Record) -> Option<Fault> {
    let pages = round_up(sample.size, sealed().page);
    of_block(touched, sample.address, sample.size, pages, sample.freed.is_none())
}

/// A touch of a large block's guards, or of one that was freed.
fn of_large(touched: Addr) -> Option<Fault> {
    let table = table::lock().ok()?;
    let (address, extent) = table.around(touched)?;
    let is_live = matches!(extent.status, Status::Live(_));
    of_block(touched, address, extent.size, extent.body_len, is_live)
}

/// A touch of what is out of reach among small blocks. None of a live one with bytes: the program closed it.
fn in_data_region(touched: Addr) -> Option<Fault> {
    let fault = Fault::new(Kind::TouchGuard, Operation::Access, touched.get());
    let position = sealed().layout.position_of(touched)?;
    let Some(slot) = position.slot else { return Some(fault) };
    let place = Place { class: position.class, slot };
    let found = life::state(place);
    if found.is_live() && place.class != ClassId::ZERO {
        return None;
    }
    Some(fault.in_block(block(place, position.offset, found)).in_state(state_of(found)))
}
