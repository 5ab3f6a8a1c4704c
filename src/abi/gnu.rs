//! glibc's functions to tune and inspect the heap: mallopt(3), malloc_trim(3), mallinfo(3),
//! malloc_info(3), malloc_stats(3). They must be exported, or callers would reach glibc's, which
//! describe a heap that nobody uses.

use crate::base::digits::Digits;
use crate::central::purge;
use crate::heap::statistics::{ClassSnapshot, Snapshot, class_bytes};
use crate::heap::{start, statistics};
use crate::platform::stdio::{self, MallInfo, MallInfo2, Stream};
use crate::platform::{errno, output, process};
use crate::region::sealed::sealed;
use crate::region::tuning;
use crate::report;
use core::ffi::c_int;

/// Parameters of glibc's `mallopt`: from M_ARENA_MAX (-8) to M_TRIM_THRESHOLD (-1), and M_MXFAST.
const GLIBC_PARAMETERS: core::ops::RangeInclusive<c_int> = -8..=-1;
const M_MXFAST: c_int = 1;

/// Scudo's parameters, as `include/starmalloc.h` tells.
mod scudo {
    use core::ffi::c_int;
    pub(super) const M_DECAY_TIME: c_int = -100;
    pub(super) const M_PURGE: c_int = -101;
    pub(super) const M_PURGE_ALL: c_int = -104;
    pub(super) const M_PURGE_FAST: c_int = -105;
    pub(super) const M_CACHE_COUNT_MAX: c_int = -200;
    pub(super) const M_CACHE_SIZE_MAX: c_int = -201;
    pub(super) const M_TSDS_COUNT_MAX: c_int = -202;
    pub(super) const M_LOG_STATS: c_int = -205;
}

/// mallopt(3): 1 for glibc's parameters, which nothing here depends on, and for those of Scudo's that
/// have a meaning here, which are carried out; 0 for others and for values that make no sense. errno
/// stays.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn mallopt(parameter: c_int, value: c_int) -> c_int {
    let count = u32::try_from(value);
    c_int::from(match parameter {
        scudo::M_DECAY_TIME => {
            // A negative time is Scudo's way to say never: here, in some weeks.
            tuning::set_decay_ms(count.unwrap_or(i32::MAX as u32));
            true
        }
        scudo::M_PURGE | scudo::M_PURGE_ALL | scudo::M_PURGE_FAST => {
            statistics::trim();
            true
        }
        scudo::M_CACHE_COUNT_MAX => count.map(tuning::set_kept_ranges).is_ok(),
        scudo::M_CACHE_SIZE_MAX => usize::try_from(value).map(tuning::set_kept_range_bytes).is_ok(),
        scudo::M_TSDS_COUNT_MAX => start::ensure() && count.is_ok_and(tuning::set_arenas),
        scudo::M_LOG_STATS => {
            print_figures();
            true
        }
        other => other == M_MXFAST || GLIBC_PARAMETERS.contains(&other),
    })
}

/// malloc_trim(3): gives idle memory back; 1 if there was any. `_pad` has no meaning here.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn malloc_trim(_pad: usize) -> c_int {
    c_int::from(statistics::trim() > 0)
}

/// mallinfo2(3). As with glibc, `arena`, `uordblks` and `fordblks` (the first is the sum of the others) are
/// about small blocks, and `hblks` and `hblkhd` about those with mappings of their own. `keepcost` is
/// what freed large blocks have kept.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn mallinfo2() -> MallInfo2 {
    let all = statistics::snapshot();
    MallInfo2 {
        arena: all.committed_bytes,
        ordblks: all.free + all.quarantined,
        smblks: all.quarantined,
        hblks: all.large_live,
        hblkhd: all.large_live_bytes,
        usmblks: 0,
        fsmblks: all.small_idle_bytes,
        uordblks: all.small_live_bytes,
        fordblks: all.committed_bytes.saturating_sub(all.small_live_bytes),
        keepcost: all.retained_bytes,
    }
}

/// mallinfo(3): as `mallinfo2`, each number cut off at `INT_MAX`.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn mallinfo() -> MallInfo {
    let cut = |number: usize| c_int::try_from(number).unwrap_or(c_int::MAX);
    let all = mallinfo2();
    MallInfo {
        arena: cut(all.arena),
        ordblks: cut(all.ordblks),
        smblks: cut(all.smblks),
        hblks: cut(all.hblks),
        hblkhd: cut(all.hblkhd),
        usmblks: cut(all.usmblks),
        fsmblks: cut(all.fsmblks),
        uordblks: cut(all.uordblks),
        fordblks: cut(all.fordblks),
        keepcost: cut(all.keepcost),
    }
}

/// Characters of a column of the table that `malloc_stats` prints, and of its first one.
const COLUMN_WIDTH: usize = 17;
const CLASS_WIDTH: usize = 8;

/// The numbers of a class and their names, beside the size of its slots.
fn class_figures(one: &ClassSnapshot) -> [(&'static str, usize); 6] {
    [
        ("live", one.live),
        ("live_bytes", one.live_bytes),
        ("quarantined", one.quarantined),
        ("free", one.free),
        ("committed_bytes", one.committed_bytes),
        ("guards", one.guards),
    ]
}

/// The heap's numbers and their names.
fn figures(all: &Snapshot) -> [(&'static str, usize); 17] {
    [
        ("level", sealed().options.level as usize),
        ("rung", sealed().rung as usize),
        ("small_live", all.small_live),
        ("small_live_bytes", all.small_live_bytes),
        ("small_quarantined", all.quarantined),
        ("small_free", all.free),
        ("small_idle_bytes", all.small_idle_bytes),
        ("small_committed_bytes", all.committed_bytes),
        ("small_purged_bytes", purge::purged_bytes()),
        ("large_live", all.large_live),
        ("large_live_bytes", all.large_live_bytes),
        ("large_ranges", all.large_ranges),
        ("large_retained_bytes", all.retained_bytes),
        ("guards", all.guards),
        ("guards_missing", all.missing_guards),
        ("samples", all.samples),
        ("faults", all.faults),
    ]
}

/// malloc_stats(3): the heap's numbers on standard error (or the option `log_fd`): a table of the
/// classes in use, then a line for each number.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn malloc_stats() {
    print_figures();
}

/// The heap's numbers when the process ends.
#[inline(never)]
pub(super) fn print_at_exit() {
    output::restore_from_spare();
    // Many processes may write to one place.
    report::say(|line| {
        line.text("statistics of process ").decimal(u64::from(process::pid()));
    });
    print_figures();
}

/// The heap's numbers where reports go.
fn print_figures() {
    let of_none = ClassSnapshot::default();
    report::say(|line| {
        line.column(b"class", CLASS_WIDTH);
        for (name, _) in class_figures(&of_none) {
            line.column(name.as_bytes(), COLUMN_WIDTH);
        }
    });
    let all = statistics::snapshot_with(|class, one| {
        report::say(|line| {
            line.column(Digits::decimal(class_bytes(class) as u64).as_bytes(), CLASS_WIDTH);
            for (_, value) in class_figures(one) {
                line.column(Digits::decimal(value as u64).as_bytes(), COLUMN_WIDTH);
            }
        });
    });
    for (name, value) in figures(&all) {
        report::say(|line| {
            line.text(name).text(" ").count(value);
        });
    }
}

/// malloc_info(3): the heap's numbers as XML on `stream`. As glibc does, returns `EINVAL` unless
/// `options` is 0; -1 when the stream does not take the text.
///
/// # Safety
/// `stream` is an open `FILE`.
#[cfg_attr(not(test), unsafe(no_mangle))]
unsafe extern "C" fn malloc_info(options: c_int, stream: *mut Stream) -> c_int {
    if options != 0 {
        return errno::EINVAL;
    }
    let put = |text: &[u8]| {
        // SAFETY: the stream is the caller's promise.
        unsafe { stdio::write(text, stream) }
    };
    let mut written = put(b"<malloc version=\"starmalloc-1\">\n");
    let number = |value: usize| put(Digits::decimal(value as u64).as_bytes());
    let all = statistics::snapshot_with(|class, one| {
        written &= put(b"<class slot_bytes=\"") && number(class_bytes(class));
        for (name, value) in class_figures(one) {
            written &= put(b"\" ") && put(name.as_bytes()) && put(b"=\"") && number(value);
        }
        written &= put(b"\"/>\n");
    });
    for (name, value) in figures(&all) {
        written &= put(b"<") && put(name.as_bytes()) && put(b" value=\"");
        written &= number(value) && put(b"\"/>\n");
    }
    written &= put(b"</malloc>\n");
    if written { 0 } else { -1 }
}
