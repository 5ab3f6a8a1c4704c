//! A coarse clock, read without a system call.

/// Milliseconds of a clock that never goes back, to within a scheduler tick.
pub(crate) fn coarse_ms() -> u64 {
    #[cfg(all(test, any(loom, shuttle)))]
    if crate::base::sync::explored::is_running() {
        return crate::base::sync::explored::NOW;
    }
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is ours to write. The vDSO answers this clock, so errno is not touched.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, &raw mut now) };
    (now.tv_sec as u64).wrapping_mul(1000).wrapping_add(now.tv_nsec as u64 / 1_000_000)
}
