//! The copy of the source that is changed and built.

use crate::orders::{FUZZ, UNIT};
use crate::support::target_tmp;
use crate::table::Edit;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the build of the library, its unit tests and the fuzz targets needs. The other packages of the workspace must
/// be there too.
const PARTS: [&str; 10] = [
    "Cargo.toml",
    "Cargo.lock",
    "build.rs",
    "README.md",
    "src",
    "docs",
    "include",
    "launcher",
    "benches",
    "tests/fuzz",
];

/// Seconds for one test: a broken allocator may hang its programs.
const PATIENCE: &str = "600";

/// Milliseconds for a model whose orders are drawn.
const MODEL_TIME: (&str, &str) = ("STARMALLOC_ORDERS_MS", "30000");

/// A copy of the source tree with a target directory of its own.
pub(crate) struct Copy {
    root: PathBuf,
}

fn original() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn cargo() -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.stdin(Stdio::null());
    command
}

/// The file of an edit as it is with it; the place must be there, once.
fn changed(root: &Path, edit: &Edit) -> Result<String, String> {
    let file = root.join("src").join(edit.file);
    let text = std::fs::read_to_string(&file).map_err(|_| format!("no {}", edit.file))?;
    match text.matches(edit.from).count() {
        1 => Ok(text.replacen(edit.from, edit.to, 1)),
        0 => Err(format!("{} has no {:?}", edit.file, edit.from)),
        _ => Err(format!("{} has {:?} more than once", edit.file, edit.from)),
    }
}

/// Whether an edit fits the source as it is.
pub(crate) fn fits(edit: &Edit) -> Result<(), String> {
    changed(original(), edit).map(drop)
}

impl Copy {
    /// A fresh copy.
    pub(crate) fn new() -> Self {
        let root = target_tmp().join("mutations");
        std::fs::create_dir_all(&root).expect("a directory can be made");
        for part in PARTS {
            duplicate(&original().join(part), &root.join(part));
        }
        Self { root }
    }

    /// Undoes all edits.
    pub(crate) fn restore(&self) {
        duplicate(&original().join("src"), &self.root.join("src"));
    }

    /// Changes one place of the source.
    pub(crate) fn apply(&self, edit: &Edit) -> Result<(), String> {
        let changed = changed(&self.root, edit)?;
        let file = self.root.join("src").join(edit.file);
        std::fs::write(file, changed).map_err(|error| error.to_string())
    }

    /// Builds the library.
    pub(crate) fn build(&self) -> Result<PathBuf, String> {
        self.produce("build", &[], "libstarmalloc.so")
    }

    /// Builds the static archive.
    fn build_archive(&self) -> Result<PathBuf, String> {
        self.produce("rustc", &["--crate-type", "staticlib"], "libstarmalloc.a")
    }

    fn produce(&self, command: &str, arguments: &[&str], name: &str) -> Result<PathBuf, String> {
        let target = self.root.join("target");
        let output = cargo()
            .args([command, "--release", "--lib", "--package", "starmalloc", "--target-dir"])
            .arg(&target)
            .args(arguments)
            .current_dir(&self.root)
            // What is taken out leaves things that nobody uses any more.
            .env("RUSTFLAGS", "-Awarnings")
            .output()
            .expect("cargo can be run");
        if output.status.success() {
            return Ok(target.join("release").join(name));
        }
        let complaint = String::from_utf8_lossy(&output.stderr);
        let first = complaint.lines().find(|line| line.starts_with("error"));
        Err(format!("does not build: {}", first.unwrap_or_default()))
    }
}

impl Copy {
    /// Whether the model, unit test or fuzz target `test`, a name behind a word, fails with the source as it is here.
    /// They know no library.
    pub(crate) fn fails_as_a_model(&self, test: &str, checker: &str) -> Result<bool, String> {
        let (_, name) = test.split_once("::").expect("a test has a target and a name");
        if checker == FUZZ {
            return self.fails_with_kept_inputs(name);
        }
        // Not where the models are built as they are: cargo takes both trees for the same one, and what was
        // built of this for that.
        let target = self.root.join("target").join(checker).display().to_string();
        let mut command = cargo_test(&self.root);
        let (flags, profile) = match checker {
            UNIT => (String::new(), "test"),
            _ => (format!("--cfg {checker}"), "explore"),
        };
        command.env("RUSTFLAGS", flags).env(MODEL_TIME.0, MODEL_TIME.1);
        let models = ["--lib", "--package", "starmalloc", "--profile", profile, "--target-dir"];
        did_fail(test, command.args(models).args([&target, "--", "--exact", name]))
    }
}

impl Copy {
    /// Whether a fuzz target fails with one of the inputs that are kept.
    fn fails_with_kept_inputs(&self, target: &str) -> Result<bool, String> {
        let inputs = original().join("tests/fuzz/corpus").join(target);
        let output = patient(&original().join("target/tools/bin/cargo-fuzz"))
            .args(["run", "--fuzz-dir", "tests/fuzz", "--target-dir", "target/fuzz"])
            .args(["--sanitizer", "none", "--no-trace-compares", target])
            .arg(inputs)
            .args(["--", "-runs=0"])
            .current_dir(&self.root)
            .env("RUSTFLAGS", "-Awarnings")
            .output()
            .expect("timeout can be run");
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() || said.contains("ERROR: libFuzzer: ") {
            return Ok(!output.status.success());
        }
        Err(format!("{target} does not run; .ci/fuzz installs what it needs"))
    }
}

/// Copies a file, or a folder with all that is in it, unless it is the same already.
fn duplicate(from: &Path, to: &Path) {
    if from.is_dir() {
        std::fs::create_dir_all(to).expect("a directory can be made");
        let entries = std::fs::read_dir(from).expect("a directory can be read");
        for entry in entries.flatten() {
            duplicate(&entry.path(), &to.join(entry.file_name()));
        }
        return;
    }
    let text = std::fs::read(from).expect("a file can be read");
    // Left alone, an unchanged file does not make cargo build again.
    if std::fs::read(to).ok().as_ref() != Some(&text) {
        std::fs::write(to, text).expect("a file can be written");
    }
}

/// Whether the test `test`, a target and a name, fails with `library`, built of `copy`.
pub(crate) fn fails(test: &str, copy: &Copy, library: &Path) -> Result<bool, String> {
    let (target, name) = test.split_once("::").expect("a test has a target and a name");
    let mut command = cargo_test(original());
    command.env("STARMALLOC_TEST_LIB", library).env_remove("STARMALLOC_MUTATE");
    if target == "linking" {
        command.env("STARMALLOC_TEST_ARCHIVE", copy.build_archive()?);
    }
    did_fail(test, command.args(["--test", target, "--", "--exact", name]))
}

/// `cargo test` in a folder.
fn cargo_test(folder: &Path) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = patient(Path::new(&cargo));
    command.arg("test").current_dir(folder);
    command
}

/// A command, for as long as a test may take.
fn patient(program: &Path) -> Command {
    let mut command = Command::new("timeout");
    command.args(["--kill-after=5", PATIENCE]).arg(program).stdin(Stdio::null());
    command
}

/// Whether the one test that a command runs fails.
fn did_fail(test: &str, command: &mut Command) -> Result<bool, String> {
    let output = command.output().expect("cargo can be run");
    let said = String::from_utf8_lossy(&output.stdout);
    // A test that does not build, or is not there, did not fail.
    if !said.contains("running 1 test") {
        return Err(format!("{test} does not run"));
    }
    Ok(!output.status.success())
}
