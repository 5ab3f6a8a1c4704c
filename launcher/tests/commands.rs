//! The commands with the real library: programs started, watched and their reports explained.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed step of a test is a failed test"
)]

#[path = "../../tests/support/library.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with tests that need all of it")]
mod library;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// A folder with the launcher and the library side by side.
struct Tree(TempDir);

impl Tree {
    fn new() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        // A link, not a copy: a file that was just written may still count as busy.
        fs::hard_link(env!("CARGO_BIN_EXE_starmalloc"), folder.path().join("starmalloc")).unwrap();
        fs::copy(library::library(), folder.path().join("libstarmalloc.so")).unwrap();
        Self(folder)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(self.0.path().join("starmalloc"));
        command.args(words).current_dir(self.0.path());
        command.env_remove("LD_PRELOAD").env_remove("STARMALLOC_OPTIONS");
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Compiles a C program with debug information.
    fn compile(&self, name: &str, source: &str, flags: &[&str]) -> PathBuf {
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
    fn report(&self, text: &[u8]) -> String {
        let mut command = self.command(&["report", "-"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text).unwrap();
        stdout(&child.wait_with_output().unwrap())
    }
}

/// A program that is ended when the test is.
struct Running(Child);

impl Running {
    /// Starts a shell under the library, and waits until it runs.
    fn shell(tree: &Tree, options: &[&str]) -> Self {
        let words = [&["run"], options, &["sh", "-c", "echo started; read end"]].concat();
        let mut command = tree.command(&words);
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

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A user who is not the one that runs the tests.
const NOBODY: u32 = 65534;

const FREES_TWICE: &str = "\
#include <stdlib.h>
static void release_again(char *block) {
    free(block);
}
int main(void) {
    char *block = malloc(40);
    free(block);
    release_again(block);
    return 0;
}
";

#[test]
fn a_report_is_traced_to_the_faulty_line() {
    let tree = Tree::new();
    tree.compile("twice", FREES_TWICE, &[]);
    let ended = tree.run(&["run", "./twice"]);
    assert!(!ended.status.success());
    let text = tree.report(&ended.stderr);
    assert!(text.contains("starmalloc: fatal: double free of 0x"), "{text}");
    let caller = text.lines().find(|line| line.contains("free called by")).unwrap();
    assert!(caller.contains("release_again at ") && caller.contains("twice.c:3"), "{text}");
    assert!(text.contains("main at ") && text.contains("twice.c:8"), "{text}");
    assert!(text.contains("docs/faults.md#double-free"), "{text}");
}

#[test]
fn lines_that_are_no_report_pass_through_unchanged() {
    let tree = Tree::new();
    let text = b"one\n\xff two\nstarmalloc is mentioned here\nno line feed at the end";
    let mut command = tree.command(&["report", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text).unwrap();
    assert_eq!(child.wait_with_output().unwrap().stdout, text);
}

#[test]
fn a_report_file_that_is_missing_is_named() {
    let tree = Tree::new();
    let ended = tree.run(&["report", "no-such-file"]);
    assert_eq!(ended.status.code(), Some(125));
    assert!(stderr(&ended).contains("no-such-file"));
}

#[test]
fn options_come_after_those_of_the_environment() {
    let tree = Tree::new();
    let words = ["run", "--level", "strong", "-o", "verbose=1", "sh", "-c"];
    let script = ["printf %s \"$STARMALLOC_OPTIONS\""];
    let mut command = tree.command(&[&words[..], &script].concat());
    let ended = command.env("STARMALLOC_OPTIONS", "level=light").output().unwrap();
    let list = stdout(&ended);
    assert!(list.starts_with("level=light,") && list.contains("level=strong"), "{list}");
    assert!(stderr(&ended).contains("strong"), "the last level is in force: {}", stderr(&ended));
}

#[test]
fn statistics_are_printed_when_asked_for() {
    let tree = Tree::new();
    let ended = tree.run(&["run", "--stats", "true"]);
    assert!(ended.status.success());
    assert!(!ended.stderr.is_empty());
    assert!(tree.run(&["run", "true"]).stderr.is_empty());
}

#[test]
fn a_static_program_is_refused_with_a_reason() {
    let tree = Tree::new();
    tree.compile("alone", "int main(void) { return 7; }\n", &["-static"]);
    let ended = tree.run(&["run", "./alone"]);
    assert_eq!(ended.status.code(), Some(125));
    assert!(stderr(&ended).contains("static"), "{}", stderr(&ended));
    assert_eq!(tree.run(&["run", "--force", "./alone"]).status.code(), Some(7));
}

#[test]
fn a_program_with_an_allocator_of_its_own_is_warned_of_and_runs() {
    let tree = Tree::new();
    let source =
        "void *mallocx(unsigned long n, int f) { return 0; }\nint main(void) { return 7; }\n";
    tree.compile("bundled", source, &[]);
    let ended = tree.run(&["run", "./bundled"]);
    assert_eq!(ended.status.code(), Some(7));
    assert!(stderr(&ended).contains("jemalloc"), "{}", stderr(&ended));
}

#[test]
fn a_setuid_program_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let tree = Tree::new();
    let program = tree.compile("privileged", "int main(void) { return 7; }\n", &[]);
    // Privilege is gained only where the owner is somebody else, and only root can arrange that.
    if std::os::unix::fs::chown(&program, Some(NOBODY), None).is_err() {
        eprintln!("skipped: a setuid program of another owner takes root to make");
        return;
    }
    fs::set_permissions(&program, fs::Permissions::from_mode(0o4755)).unwrap();
    let ended = tree.run(&["run", "./privileged"]);
    assert_eq!(ended.status.code(), Some(125));
    assert!(stderr(&ended).contains("setuid"), "{}", stderr(&ended));
}

#[test]
fn status_tells_who_uses_the_library_and_at_which_level() {
    let tree = Tree::new();
    let running = Running::shell(&tree, &["--level", "strong"]);
    let pid = running.0.id().to_string();
    let ended = tree.run(&["status", &pid]);
    let text = stdout(&ended);
    assert!(ended.status.success(), "{text}{}", stderr(&ended));
    assert!(text.contains(&pid) && text.contains("strong"), "{text}");
    assert!(text.contains(env!("CARGO_PKG_VERSION")), "{text}");
    let all = tree.run(&["status", "--all"]);
    assert!(stdout(&all).lines().any(|line| line.contains(&pid)), "{}", stdout(&all));
}

#[test]
fn status_says_of_other_processes_that_they_do_not() {
    let tree = Tree::new();
    let other = Running(Command::new("sleep").arg("600").env_remove("LD_PRELOAD").spawn().unwrap());
    // It may still be a copy of this process.
    let name = Path::new("/proc").join(other.0.id().to_string()).join("comm");
    while fs::read_to_string(&name).unwrap() != "sleep\n" {
        std::thread::yield_now();
    }
    let ended = tree.run(&["status", &other.0.id().to_string()]);
    let said = stdout(&ended) + &stderr(&ended);
    assert!(!ended.status.success() && said.contains("not"), "{said}");
}

#[test]
fn check_finds_out_what_this_machine_has() {
    let tree = Tree::new();
    let text = stdout(&tree.run(&["check"]));
    for fact in ["kernel", "page size", "vm.max_map_count", "RLIMIT_AS", "layout"] {
        assert!(text.contains(fact), "{fact} is missing:\n{text}");
    }
    let json = stdout(&tree.run(&["check", "--json"]));
    assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{json}");
}

#[test]
fn check_sees_a_limit_on_address_space() {
    let tree = Tree::new();
    let script = "ulimit -v 1048576; exec ./starmalloc check";
    let mut command = Command::new("sh");
    let ended = command.args(["-c", script]).current_dir(tree.0.path()).output().unwrap();
    let text = stdout(&ended);
    let fact = |name: &str| {
        text.lines().find(|line| line.split_whitespace().nth(1) == Some(name)).unwrap()
    };
    assert!(fact("RLIMIT_AS").contains("1024 MiB"), "{text}");
    // A smaller layout is taken.
    let layout = fact("layout");
    assert!(layout.contains("rung") && !layout.contains("rung 0"), "{text}");
}

#[test]
fn completions_and_the_manual_page_are_printed() {
    let tree = Tree::new();
    assert!(stdout(&tree.run(&["completions", "bash"])).contains("starmalloc"));
    assert!(stdout(&tree.run(&["man"])).contains(".TH starmalloc"));
}
