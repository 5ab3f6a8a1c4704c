//! The limit on resident memory that the options may set. While it is exceeded, nothing new is opened.
//!
//! The process is looked at whenever some time has passed, or a part of the limit was opened, since the
//! last look: neither a program that allocates fast nor one that touches late gets far beyond.

use super::sealed::sealed;
use crate::base::sync::{AtomicBool, AtomicU64, Ordering};
use crate::platform::{clock, process};

static EXCEEDED: AtomicBool = AtomicBool::new(false);

/// When the last look was, in milliseconds of the coarse clock, and the bytes opened since.
static LOOKED_AT: AtomicU64 = AtomicU64::new(0);
static OPENED: AtomicU64 = AtomicU64::new(0);

/// Time between two looks; each is a system call or three.
const INTERVAL_MS: u64 = 100;
/// Part of the limit that may be opened between two looks.
const PARTS: u64 = 32;

/// Compares the process with its limit, if it has one and a look is due.
pub(crate) fn look() {
    let limit = sealed().options.rss_limit_mb << 20;
    if limit == 0 {
        return;
    }
    let now = clock::coarse_ms();
    let is_early = now.wrapping_sub(LOOKED_AT.load(Ordering::Relaxed)) < INTERVAL_MS;
    // What is refused is looked at each time: the program may have freed something.
    if is_early && !is_exceeded() && OPENED.load(Ordering::Relaxed) < limit / PARTS {
        return;
    }
    LOOKED_AT.store(now, Ordering::Relaxed);
    OPENED.store(0, Ordering::Relaxed);
    // What cannot be read now, for want of a descriptor perhaps, stays as it was.
    if let Some(pages) = process::resident_pages() {
        EXCEEDED.store((pages << sealed().page_bits) as u64 >= limit, Ordering::Relaxed);
    }
}

/// Whether `bytes` more must not be opened.
pub(crate) fn forbids(bytes: usize) -> bool {
    if sealed().options.rss_limit_mb == 0 {
        return false;
    }
    OPENED.fetch_add(bytes as u64, Ordering::Relaxed);
    look();
    is_exceeded()
}

/// Whether the limit was exceeded at the last look.
pub(crate) fn is_exceeded() -> bool {
    EXCEEDED.load(Ordering::Relaxed)
}
