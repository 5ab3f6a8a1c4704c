//! Clocks, read without a system call.

/// Nanoseconds of a clock that never goes back; only differences mean something.
pub(crate) fn precise_ns() -> u64 {
    #[cfg(all(test, any(loom, shuttle)))]
    if crate::base::sync::explored::is_running() {
        return 0;
    }
    let now = read(libc::CLOCK_MONOTONIC);
    (now.tv_sec as u64).wrapping_mul(1_000_000_000).wrapping_add(now.tv_nsec as u64)
}

/// Milliseconds of a clock that never goes back, to within a scheduler tick.
pub(crate) fn coarse_ms() -> u64 {
    #[cfg(all(test, any(loom, shuttle)))]
    if crate::base::sync::explored::is_running() {
        return crate::base::sync::explored::NOW;
    }
    let now = read(libc::CLOCK_MONOTONIC_COARSE);
    (now.tv_sec as u64).wrapping_mul(1000).wrapping_add(now.tv_nsec as u64 / 1_000_000)
}

fn read(clock: libc::clockid_t) -> libc::timespec {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is ours to write. The vDSO answers these clocks, so errno is not touched.
    unsafe { libc::clock_gettime(clock, &raw mut now) };
    now
}
