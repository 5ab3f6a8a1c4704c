//! The first call, by many threads at once.

use super::{ensure, is_done};
use crate::base::sync::explored::{explore, spawn};
use crate::region::explored::Page;
use core::sync::atomic::{AtomicBool, Ordering};

static PAGE: Page = Page::new();
/// Whether start-up will succeed.
static SUCCEEDS: AtomicBool = AtomicBool::new(false);

/// Start-up, in models.
pub(super) fn begin() -> bool {
    PAGE.write(PAGE.read() + 1);
    SUCCEEDS.load(Ordering::Relaxed)
}

/// Starts before the threads of another model begin.
pub(in crate::heap) fn start() {
    SUCCEEDS.store(true, Ordering::Relaxed);
    PAGE.write(0);
    assert!(ensure());
}

fn all_start(name: &str, threads: usize, succeeds: bool, preemptions: Option<usize>) {
    SUCCEEDS.store(succeeds, Ordering::Relaxed);
    explore(name, preemptions, move || {
        PAGE.write(0);
        let first_call = move || {
            let has_regions = ensure();
            assert_eq!(has_regions, succeeds);
            assert_eq!(has_regions, is_done());
            if has_regions {
                assert_eq!(PAGE.read(), 1);
            }
        };
        let others: Vec<_> = (1..threads).map(|_| spawn(first_call)).collect();
        first_call();
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(PAGE.read(), 1);
    });
}

#[test]
fn the_first_call_is_made_once() {
    all_start("start: 2 threads", 2, true, None);
    all_start("start: 3 threads", 3, true, Some(2));
    all_start("start: 2 threads, refused", 2, false, None);
}
