//! The library for another libc.

use super::library::produce;
use super::missing;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The static archive for musl; none on a developer's machine whose compiler has not that target.
pub fn musl_archive() -> Option<&'static Path> {
    static ARCHIVE: OnceLock<Option<PathBuf>> = OnceLock::new();
    let archive = ARCHIVE.get_or_init(|| {
        let target = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let output = Command::new(rustc)
            .args(["--print", "target-libdir", "--target", &target])
            .output()
            .expect("rustc can be run");
        let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        if !folder.is_dir() {
            missing(&format!("rustc's target {target}"));
            return None;
        }
        let options = ["--crate-type", "staticlib", "--target", &target];
        let options = [&options[..], &["--", "-C", "force-unwind-tables=yes"]].concat();
        Some(produce("rustc", &options, &format!("{target}/release/libstarmalloc.a")))
    });
    archive.as_deref()
}
