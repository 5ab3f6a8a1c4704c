//! What the black-box tests share: the library under test, C and C++ programs
//! built on demand, and children run with or without the library.
//!
//! Each test binary uses its own part of this.
#![allow(dead_code, reason = "every test binary uses another part of the support code")]
#![allow(unused_imports, reason = "every test binary uses another part of the support code")]
#![allow(unreachable_pub, reason = "the module is private to each test binary")]
#![allow(clippy::panic, clippy::expect_used, reason = "a test's helper fails by panicking")]

mod child;
mod elf;
mod library;
mod machine;
mod musl;
mod program;
mod source;
mod xml;

pub use child::{Child, Outcome};
pub use elf::Elf;
pub use library::{archive, is_substitute, library, target_tmp};
pub use machine::{compiler, file_tool, is_aarch64, machine, runner};
pub use musl::musl_archive;
pub use program::{Program, header_dir, programs_dir};
pub use source::{SourceFile, code_only, names_after, sources};
pub use xml::well_formed;

use std::path::PathBuf;

/// Where `name` is on the search path. Without it the test is skipped on a
/// developer's machine and fails under `CI=true`.
pub fn tool(name: &str) -> Option<PathBuf> {
    let found = std::env::var_os("PATH").and_then(|path| {
        std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file())
    });
    if found.is_none() {
        missing(name);
    }
    found
}

/// Says that something the test needs is not here; fails under `CI=true`.
pub fn missing(what: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{what} is missing");
    eprintln!("skipped: {what} is missing");
}

/// The Python interpreter itself, whatever wrapper scripts stand before it.
pub fn python() -> Option<PathBuf> {
    let wrapper = tool("python3")?;
    let outcome = Child::of(wrapper)
        .args(["-c", "import sys; print(sys.executable)"])
        .run_plain()
        .expect_success();
    Some(PathBuf::from(outcome.stdout.trim()))
}
