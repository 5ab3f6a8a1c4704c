//! One slot: its state machine, requested size, canary and slack.
//!
//! ```text
//!            hand_out              retire               release
//!   FRESH ------------> LIVE -------------> QUARANTINED ---------> FREE
//!                      ^ ^                                      /  |
//!                      | +--------------- hand_out ------------+    |
//!                      +---- hand_out ---- PURGED <---- forget -----+
//!   FRESH ---> DEAD (a guard page overlaps it; for good)
//! ```
//!
//! Every step checks the state it leaves, and what the memory must look like in that state:
//! FRESH and PURGED are all zero; LIVE has its canary, and zeros between the request's end and the canary;
//! QUARANTINED and FREE are all zero but for the canary. A slot that takes long to wipe is RETIRING meanwhile.
#![forbid(unsafe_code)]

pub(crate) mod life;
pub(crate) mod state;
