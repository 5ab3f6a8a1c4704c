//! Where things are: the sources beside this package, and what is built in the target directory.

use anyhow::{Context, Result};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// This package's directory. Cargo says where it is now; a binary that was copied elsewhere falls
/// back to where it was built.
pub(crate) fn package() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from)
}

/// The directory of the workload definitions.
pub(crate) fn workloads() -> PathBuf {
    package().join("workloads")
}

/// The target directory that this program was built in.
fn target() -> PathBuf {
    let from_program = env::current_exe().ok().and_then(|program| {
        program.ancestors().find(|dir| dir.join("CACHEDIR.TAG").is_file()).map(Path::to_path_buf)
    });
    from_program.unwrap_or_else(|| package().join("target"))
}

/// Where the C programs are built.
pub(crate) fn built() -> Result<PathBuf> {
    made(target().join("bench-programs"))
}

/// Where results go unless the caller says otherwise.
pub(crate) fn default_out() -> PathBuf {
    target().join("bench")
}

/// An empty directory for the files of measured programs.
pub(crate) fn scratch() -> Result<PathBuf> {
    let path = target().join(format!("bench-scratch-{}", std::process::id()));
    if path.exists() {
        fs::remove_dir_all(&path)?;
    }
    made(path)
}

fn made(path: PathBuf) -> Result<PathBuf> {
    fs::create_dir_all(&path).with_context(|| format!("cannot create {}", path.display()))?;
    Ok(path)
}
