//! The launcher with the library beside it, and programs under it.

use crate::library;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// A user who is not root.
pub(crate) const NOBODY: u32 = 65534;

/// A folder with the launcher and the library side by side.
pub(crate) struct Tree(pub(crate) TempDir);

impl Tree {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        // A link, not a copy: a file that was just written may still count as busy.
        fs::hard_link(env!("CARGO_BIN_EXE_starmalloc"), folder.path().join("starmalloc")).unwrap();
        fs::copy(library::library(), folder.path().join("libstarmalloc.so")).unwrap();
        Self(folder)
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(self.0.path().join("starmalloc"));
        command.args(words).current_dir(self.0.path());
        command.env_remove("LD_PRELOAD").env_remove("STARMALLOC_OPTIONS");
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Compiles a C program with debug information.
    pub(crate) fn compile(&self, name: &str, source: &str, flags: &[&str]) -> PathBuf {
        let (file, program) = (self.0.path().join(format!("{name}.c")), self.0.path().join(name));
        fs::write(&file, source).unwrap();
        let done = Command::new("gcc")
            .args(["-g", "-O0", "-o"])
            .args([&program, &file])
            .args(flags)
            .status()
            .expect("gcc is installed");
        assert!(done.success());
        program
    }

    /// Feeds `text` to `starmalloc report -`.
    pub(crate) fn report(&self, text: &[u8]) -> String {
        let mut command = self.command(&["report", "-"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text).unwrap();
        stdout(&child.wait_with_output().unwrap())
    }
}

/// A program that is ended when the test is.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    /// Starts a shell under the library, and waits until it runs.
    pub(crate) fn shell(tree: &Tree, options: &[&str]) -> Self {
        Self::start(tree, &[&["run"], options, &["sh", "-c", "echo started; read end"]].concat())
    }

    /// Starts a program that says when it runs.
    pub(crate) fn start(tree: &Tree, words: &[&str]) -> Self {
        Self::of(&mut tree.command(words))
    }

    /// The same with all that the command says beside the words.
    pub(crate) fn of(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "started\n");
        Self(child)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
