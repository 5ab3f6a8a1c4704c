//! What we say when we stop: the closed list of faults, their text, and the road to abort.
//!
//! A report is one line that starts with `starmalloc: fatal:` and names the fault, then lines of
//! facts. Every line is put together in a buffer on the stack and written by one system call.
//! Nothing here allocates or takes a lock that anyone else could hold.
#![forbid(unsafe_code)]

mod describe;
mod die;
mod fault;
mod line;
mod maps;

pub(crate) use die::{
    MESSAGE, Message, announce_end, die, is_ending, is_mapped, restart_in_child, say, set_log_fd,
    tell,
};
pub(crate) use fault::{Block, Evidence, Family, Fault, History, Kind, Operation, Place, State};

#[cfg(test)]
mod die_tests;
#[cfg(test)]
mod tests;
