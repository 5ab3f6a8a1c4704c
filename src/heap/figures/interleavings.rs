//! The shared figures, read while they are written.

use super::{SEQUENCE, SHARED, WORDS, write};
use crate::base::sync::explored::{explore, spawn};
use crate::base::sync::{Ordering, fence};

/// A reader as the header describes it: the figures between two equal, even sequence numbers belong
/// together.
#[test]
fn what_is_read_belongs_together() {
    explore("figures: written and read", Some(2), || {
        let writer = spawn(|| write(&[1; WORDS]));
        let word = |index: usize| SHARED.0[index].load(Ordering::Relaxed);
        let before = SHARED.0[SEQUENCE].load(Ordering::Acquire);
        let figures = [word(0), word(WORDS - 1)];
        fence(Ordering::Acquire);
        if before % 2 == 0 && word(SEQUENCE) == before {
            assert_eq!(figures, [before / 2; 2]);
        }
        writer.join().unwrap();
    });
}
