//! What moves within a cache is out of sight meanwhile.
//!
//! - **C-ONCE**: what a cache has in sight, up to the lengths of its magazines, lines and batch, it has once, and nobody else
//!   has it. A fork by another thread copies the cache as it is then, between any two of its stores, and the child sends
//!   home what is in sight there: a slot that was home already, or that another cache had, would then be handed out twice.
//!   One that is in nobody's sight is lost to the child.

use crate::base::sync::{Ordering, fence};

/// Takes what there is out of sight: says how much that was. Only then may any of it move.
pub(super) fn hide(len: &mut u16) -> u16 {
    let all = core::mem::take(len);
    // Nothing that moves a slot is stored before. It costs no instruction on x86-64; a full fence would wait until all
    // that was wiped has left the store buffer, which took 2 % of the time of blocks of 1 to 8 KiB.
    fence(Ordering::Release);
    all
}

/// Brings so much into sight, when all of it has moved.
pub(super) fn show(len: &mut u16, all: u16) {
    fence(Ordering::Release);
    *len = all;
}
