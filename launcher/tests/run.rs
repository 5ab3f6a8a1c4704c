//! The launcher as its users see it: what it starts, with which environment, and what it
//! says when it cannot.
//!
//! Each test runs a copy of the launcher in a folder of its own with another one in place of the
//! library. The loader refuses that file, says so on stderr and starts the program all the
//! same, so these tests need no built library.

#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A launcher installed in a folder of its own, which is removed with it.
struct Installed {
    prefix: PathBuf,
}

impl Installed {
    /// Installs the launcher as `bin/starmalloc`, and the library as `library` if given.
    fn new(test: &str, library: Option<&str>) -> Self {
        let prefix = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        drop(fs::remove_dir_all(&prefix));
        fs::create_dir_all(prefix.join("bin")).unwrap();
        // A link, not a copy: a file that was just written may still count as busy.
        fs::hard_link(env!("CARGO_BIN_EXE_starmalloc"), prefix.join("bin/starmalloc")).unwrap();
        if let Some(library) = library.map(|path| prefix.join(path)) {
            fs::create_dir_all(library.parent().unwrap()).unwrap();
            fs::hard_link(env!("CARGO_BIN_EXE_starmalloc"), library).unwrap();
        }
        Self { prefix }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(self.prefix.join("bin/starmalloc"));
        command.args(words).env_remove("LD_PRELOAD");
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// What the started program finds in LD_PRELOAD.
    fn preloaded(&self) -> String {
        stdout(&self.run(&["sh", "-c", "printf %s \"$LD_PRELOAD\""]))
    }

    fn path(&self, inside: &str) -> String {
        self.prefix.join(inside).to_str().unwrap().to_owned()
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.prefix));
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn the_library_beside_the_launcher_is_preloaded() {
    let here = Installed::new("beside", Some("bin/libstarmalloc.so"));
    assert_eq!(here.preloaded(), here.path("bin/libstarmalloc.so"));
}

#[test]
fn the_library_of_the_prefix_is_preloaded() {
    let here = Installed::new("prefix", Some("lib/libstarmalloc.so.0"));
    assert_eq!(here.preloaded(), here.path("lib/libstarmalloc.so.0"));
}

#[test]
fn the_library_of_the_multiarch_folder_is_preloaded() {
    let library = format!("lib/{}-linux-gnu/libstarmalloc.so.0", std::env::consts::ARCH);
    let here = Installed::new("multiarch", Some(&library));
    assert_eq!(here.preloaded(), here.path(&library));
}

#[test]
fn a_list_that_is_there_is_added_to() {
    let here = Installed::new("added", Some("bin/libstarmalloc.so"));
    let output = here
        .command(&["sh", "-c", "printf %s \"$LD_PRELOAD\""])
        .env("LD_PRELOAD", "libnothing.so")
        .output()
        .unwrap();
    let expected = format!("libnothing.so:{}", here.path("bin/libstarmalloc.so"));
    assert_eq!(stdout(&output), expected);
}

#[test]
fn arguments_pass_through_untouched_with_and_without_run() {
    let here = Installed::new("arguments", Some("bin/libstarmalloc.so"));
    let program = ["printf", "%s;", "--help", "-x", "", "a b", "--", "run"];
    let expected = "--help;-x;;a b;--;run;";
    assert_eq!(stdout(&here.run(&program)), expected);
    assert_eq!(stdout(&here.run(&[&["run"], program.as_slice()].concat())), expected);
    assert_eq!(stdout(&here.run(&[&["run", "--"], program.as_slice()].concat())), expected);
}

#[test]
fn the_exit_status_is_the_program_s() {
    let here = Installed::new("status", Some("bin/libstarmalloc.so"));
    assert_eq!(here.run(&["sh", "-c", "exit 7"]).status.code(), Some(7));
}

#[test]
fn a_signal_that_ends_the_program_is_seen_by_the_caller() {
    let here = Installed::new("signal", Some("bin/libstarmalloc.so"));
    assert_eq!(here.run(&["sh", "-c", "kill -TERM $$"]).status.signal(), Some(15));
}

#[test]
fn the_program_gets_the_signals_that_the_launcher_got() {
    let here = Installed::new("signals", Some("bin/libstarmalloc.so"));
    let read = ["grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"];
    let found = |words: &[&str], given: &[&str]| {
        stdout(&Command::new("env").args(given).args(words).args(read).output().unwrap())
    };
    let path = here.path("bin/starmalloc");
    for given in [&[][..], &["--ignore-signal=PIPE"], &["--block-signal=USR1,PIPE"]] {
        assert_eq!(found(&[&path, "run"], given), found(&[], given), "{given:?}");
    }
}

#[test]
fn where_nothing_can_be_said_the_exit_status_is_the_same() {
    let here = Installed::new("unheard", Some("bin/libstarmalloc.so"));
    let code = |words: &[&str]| {
        let full = || File::options().write(true).open("/dev/full").unwrap();
        let mut command = here.command(words);
        command.stdout(full()).stderr(full()).status().unwrap().code()
    };
    assert_eq!(code(&["run", "./no-such-program"]), Some(127));
    assert_eq!(code(&["run", "--force", "sh", "-c", "exit 3"]), Some(3));
    for words in [&["--help"], &["--version"], &["check"], &["--no-such"]] {
        assert_eq!(code(words), Some(125), "{words:?}");
    }
}

#[test]
fn a_missing_program_is_named() {
    let here = Installed::new("noprogram", Some("bin/libstarmalloc.so"));
    let output = here.run(&["no-such-program"]);
    assert_eq!(output.status.code(), Some(127));
    assert!(stderr(&output).contains("no-such-program: program not found"), "{output:?}");
}

#[test]
fn a_program_that_cannot_be_started_is_named() {
    let here = Installed::new("notstarted", Some("bin/libstarmalloc.so"));
    fs::write(here.path("text"), "no program").unwrap();
    let output = here.run(&[&here.path("text")]);
    assert_eq!(output.status.code(), Some(126));
    assert!(stderr(&output).contains("cannot be started"), "{output:?}");
}

/// The loader would start the program without it.
#[test]
fn a_library_that_is_none_is_an_error() {
    let here = Installed::new("nolib", Some("bin/libstarmalloc.so"));
    let library = here.path("bin/libstarmalloc.so");
    fs::remove_file(&library).unwrap();
    fs::write(&library, "no library").unwrap();
    let output = here.run(&["true"]);
    assert_eq!(output.status.code(), Some(125));
    assert!(stderr(&output).contains(&format!("{library}: this should be")), "{output:?}");
    assert!(here.run(&["run", "--force", "true"]).status.success());
}

#[test]
fn a_missing_library_is_an_error_that_names_the_places_tried() {
    let here = Installed::new("nolibrary", None);
    let output = here.run(&["true"]);
    assert_eq!(output.status.code(), Some(125));
    assert!(stderr(&output).contains(&here.path("bin/libstarmalloc.so")), "{output:?}");
}

#[test]
fn a_path_that_the_loader_would_split_is_an_error() {
    let here = Installed::new("two words", Some("bin/libstarmalloc.so"));
    let output = here.run(&["true"]);
    assert_eq!(output.status.code(), Some(125));
    assert!(stderr(&output).contains("blank"), "{output:?}");
}

#[test]
fn help_and_version_succeed_and_need_no_library() {
    let here = Installed::new("help", None);
    for words in [["--help"], ["--version"], ["-h"], ["-V"]] {
        let output = here.run(&words);
        assert!(output.status.success(), "{output:?}");
        assert!(stdout(&output).contains("starmalloc"), "{output:?}");
    }
}

#[test]
fn a_wrong_command_line_is_the_launcher_s_own_failure() {
    let here = Installed::new("usage", Some("bin/libstarmalloc.so"));
    for words in [&[][..], &["--no-such-option"], &["run"]] {
        assert_eq!(here.run(words).status.code(), Some(125), "{words:?}");
    }
}
