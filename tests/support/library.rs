//! The library under test, built once for each test binary.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Names another shared object to run the tests with: another allocator's, or ours for another machine.
const OVERRIDE: &str = "STARMALLOC_TEST_LIB";

/// Names the machine that it is for, if that is another: see `machine`.
pub const MACHINE: &str = "STARMALLOC_TEST_MACHINE";

/// Whether the tests run with another allocator than ours.
pub fn is_substitute() -> bool {
    std::env::var_os(OVERRIDE).is_some() && std::env::var_os(MACHINE).is_none()
}

/// A directory inside the target directory that tests may write to.
pub fn target_tmp() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// The shared object to preload.
pub fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| match std::env::var_os(OVERRIDE) {
        Some(path) => PathBuf::from(path),
        None => produce("build", &[], "release/libstarmalloc.so"),
    })
}

/// Has cargo make `name`, a path in the target directory, as users do. `cargo test` itself does not.
pub(super) fn produce(command: &str, arguments: &[&str], name: &str) -> PathBuf {
    let target = target_tmp().parent().expect("the temporary directory is inside the target one");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .arg(command)
        .args(["--release", "--lib", "--package", "starmalloc", "--target-dir"])
        .arg(target)
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo can be run");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} does not build:\n{complaint}");
    let file = target.join(name);
    assert!(file.is_file(), "{} was not built", file.display());
    file
}

/// The static archive, built beside the shared object, or the one that the variable STARMALLOC_TEST_ARCHIVE names.
pub fn archive() -> &'static Path {
    static ARCHIVE: OnceLock<PathBuf> = OnceLock::new();
    ARCHIVE.get_or_init(|| match std::env::var_os("STARMALLOC_TEST_ARCHIVE") {
        Some(named) => named.into(),
        None => produce("rustc", &["--crate-type", "staticlib"], "release/libstarmalloc.a"),
    })
}
