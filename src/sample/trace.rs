//! Who did something, and by which calls.

use crate::platform::unwind::{self, Frame};
use crate::platform::{image, process};

/// Calls kept of each stack.
pub(crate) const CALLS: usize = 20;
/// Frames walked: the library's own come first.
const WALKED: usize = CALLS + 8;

/// A thread and its calls, the innermost first.
#[derive(Clone, Copy)]
pub(crate) struct Trace {
    /// The thread's id; 0 where nothing is known.
    pub(crate) thread: u32,
    /// Addresses of code.
    calls: [usize; CALLS],
    count: usize,
}

impl Trace {
    /// Nothing.
    pub(crate) const NONE: Self = Self { thread: 0, calls: [0; CALLS], count: 0 };

    /// The calling thread's, as it is now. The library's own calls are left out.
    #[inline(never)]
    pub(crate) fn here() -> Self {
        let mut frames = [Frame::NONE; WALKED];
        let count = unwind::capture(&mut frames);
        let frames = frames.iter().take(count).map(|frame| frame.address);
        Self::of(process::tid(), frames.skip_while(|address| image::holds(*address)))
    }

    /// That of `thread`, with these calls.
    pub(super) fn of(thread: u32, calls: impl Iterator<Item = usize>) -> Self {
        let mut trace = Self { thread, ..Self::NONE };
        for (place, call) in trace.calls.iter_mut().zip(calls) {
            *place = call;
            trace.count += 1;
        }
        trace
    }

    /// The calls.
    pub(crate) fn calls(&self) -> &[usize] {
        self.calls.get(..self.count).unwrap_or(&[])
    }
}
