//! The limit on resident memory that the options may set. Looked at on ticks; while it is exceeded,
//! nothing new is opened.

use super::sealed::sealed;
use crate::platform::process;
use core::sync::atomic::{AtomicBool, Ordering};

static EXCEEDED: AtomicBool = AtomicBool::new(false);

/// Compares the process with its limit, if it has one.
pub(crate) fn look() {
    let limit = sealed().options.rss_limit_mb;
    if limit != 0 {
        let resident = (process::resident_pages() << sealed().page_bits) as u64;
        EXCEEDED.store(resident >> 20 >= limit, Ordering::Relaxed);
    }
}

/// Whether the limit was exceeded at the last look.
pub(crate) fn is_exceeded() -> bool {
    EXCEEDED.load(Ordering::Relaxed)
}
