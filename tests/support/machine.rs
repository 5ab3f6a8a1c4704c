//! Another machine than this one: the tools that build for it, and the emulator that runs its programs.
//!
//! STARMALLOC_TEST_MACHINE is the name that its tools start with, such as `aarch64-linux-gnu`;
//! STARMALLOC_TEST_RUNNER the emulator with its arguments, which must take `-E NAME=VALUE` as qemu does;
//! STARMALLOC_TEST_LIB the library, built for that machine.

use super::library::MACHINE;
use super::tool;
use std::ffi::OsString;
use std::path::PathBuf;

/// The machine's name, if it is another than this one.
pub fn machine() -> Option<String> {
    std::env::var(MACHINE).ok()
}

/// The compiler of C, or of C++.
pub fn compiler(is_cxx: bool) -> String {
    match machine() {
        Some(machine) => format!("{machine}-{}", if is_cxx { "g++" } else { "gcc" }),
        None => if is_cxx { "c++" } else { "cc" }.to_owned(),
    }
}

/// A tool that reads the machine's files, such as `objdump`.
pub fn file_tool(name: &str) -> Option<PathBuf> {
    match machine() {
        Some(machine) => tool(&format!("{machine}-{name}")),
        None => tool(name),
    }
}

/// What a program's path stands behind in a command.
pub fn runner() -> Vec<OsString> {
    let runner = std::env::var("STARMALLOC_TEST_RUNNER").unwrap_or_default();
    runner.split_whitespace().map(OsString::from).collect()
}

/// What a program wrote, without the line in which qemu says that a signal ended it.
pub fn without_runners(text: &str) -> String {
    let lines = text.split_inclusive('\n');
    let is_runners = |line: &&str| line.starts_with("qemu: uncaught target signal");
    lines.filter(|line| !is_runners(line)).collect()
}

/// Whether programs are for aarch64.
pub fn is_aarch64() -> bool {
    machine().map_or(cfg!(target_arch = "aarch64"), |machine| machine.starts_with("aarch64"))
}
