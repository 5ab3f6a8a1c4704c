//! placeholder
#![forbid(unsafe_code)]
#[derive(Clone, Copy)]
pub(crate) struct Options {
    pub(crate) quarantine_random: u32,
    pub(crate) quarantine_fifo: u32,
    pub(crate) guard_interval_kib: u32,
    pub(crate) guard_madvise: bool,
    pub(crate) arenas: u32,
    pub(crate) decay_ms: u32,
    pub(crate) deepbind_fix: bool,
}
impl Options {
    pub(crate) const DEFAULT: Self = Self {
        quarantine_random: 64,
        quarantine_fifo: 64,
        guard_interval_kib: 64,
        guard_madvise: true,
        arenas: 0,
        decay_ms: 500,
        deepbind_fix: true,
    };
}
