//! Builds the C programs with the system's compiler.

use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::place;
use crate::workload::{Kind, Workload};

/// The same for every program, so that only the allocator differs between two columns.
/// `-fno-builtin-malloc` and its like keep the compiler from dropping the calls that are measured.
const FLAGS: [&str; 10] = [
    "-std=c11",
    "-O2",
    "-g",
    "-Wall",
    "-Wextra",
    "-pthread",
    "-fno-builtin-malloc",
    "-fno-builtin-calloc",
    "-fno-builtin-realloc",
    "-fno-builtin-free",
];

/// The programs that were built.
pub(crate) struct Programs {
    directory: PathBuf,
}

impl Programs {
    /// Builds the helper that measures, and nothing else.
    pub(crate) fn new() -> Result<Self> {
        let programs = Self { directory: place::built()? };
        programs.build(&place::package().join("support/measure.c"))?;
        Ok(programs)
    }

    /// Builds what `workloads` need.
    pub(crate) fn build_patterns(&self, workloads: &[Workload]) -> Result<()> {
        let sources: BTreeSet<&str> = workloads
            .iter()
            .filter_map(|workload| match &workload.kind {
                Kind::Pattern { source, .. } => Some(source.as_str()),
                Kind::Program { .. } => None,
            })
            .collect();
        for source in sources {
            self.build(&place::workloads().join("patterns").join(format!("{source}.c")))?;
        }
        Ok(())
    }

    /// Builds the program that the instruction counts use.
    pub(crate) fn build_hot_paths(&self) -> Result<PathBuf> {
        self.build(&place::workloads().join("hot_paths.c"))?;
        Ok(self.path("hot_paths"))
    }

    /// The program built from `name.c`.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// The helper that runs a command and counts.
    pub(crate) fn measure(&self) -> PathBuf {
        self.path("measure")
    }

    fn build(&self, source: &Path) -> Result<()> {
        let name = source.file_stem().context("a source has no name")?;
        let program = self.directory.join(name);
        let header = place::workloads().join("patterns/support.h");
        if is_newer(&program, source) && is_newer(&program, &header) {
            return Ok(());
        }
        let output = Command::new("cc")
            .args(FLAGS)
            .arg(format!("-I{}", place::workloads().join("patterns").display()))
            .arg(source)
            .arg("-o")
            .arg(&program)
            .output()
            .context("cannot run cc; install a C compiler")?;
        if !output.status.success() {
            bail!("cc failed:\n{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }
}

fn is_newer(program: &Path, source: &Path) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    match (changed(program), changed(source)) {
        (Some(program), Some(source)) => program > source,
        _ => false,
    }
}
