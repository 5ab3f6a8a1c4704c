//! Seeds. Asked for at start, and in a forked child for which its parent could draw none.

use super::syscall::syscall;

/// 32 random bytes. Where getrandom is refused (an old kernel, a seccomp filter), the kernel's
/// AT_RANDOM bytes, the clock and an address are all there is.
pub(crate) fn seed() -> [u8; 32] {
    let mut bytes = [0u8; 32];
    let args = [(&raw mut bytes) as usize, bytes.len(), libc::GRND_NONBLOCK as usize, 0, 0, 0];
    // SAFETY: the kernel writes at most `bytes.len()` bytes into `bytes`.
    if unsafe { syscall(libc::SYS_getrandom, args) } == Ok(bytes.len()) {
        return bytes;
    }
    weak_seed(bytes)
}

#[cold]
fn weak_seed(mut bytes: [u8; 32]) -> [u8; 32] {
    let here = (&raw const bytes) as usize as u64;
    // SAFETY: getauxval has no preconditions.
    let random = unsafe { libc::getauxval(libc::AT_RANDOM) } as usize as *const [u8; 16];
    if !random.is_null() {
        // SAFETY: AT_RANDOM points to 16 bytes that live as long as the process.
        let kernel_bytes = unsafe { random.read() };
        for (to, from) in bytes.iter_mut().zip(kernel_bytes) {
            *to ^= from;
        }
    }
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is ours to write.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    let mixed =
        [now.tv_sec as u64, now.tv_nsec as u64, here].into_iter().flat_map(u64::to_ne_bytes);
    for (to, from) in bytes.iter_mut().rev().zip(mixed) {
        *to ^= from;
    }
    bytes
}
