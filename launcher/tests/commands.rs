//! The commands with the real library: programs started, watched and their reports explained.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed step of a test is a failed test"
)]

#[path = "../../tests/support/library.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with tests that need all of it")]
mod library;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
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
        Self::start(tree, &[&["run"], options, &["sh", "-c", "echo started; read end"]].concat())
    }

    /// Starts a program that says when it runs.
    fn start(tree: &Tree, words: &[&str]) -> Self {
        let mut command = tree.command(words);
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
fn a_report_of_a_stripped_program_says_what_would_help() {
    let tree = Tree::new();
    tree.compile("twice", FREES_TWICE, &["-s"]);
    let ended = tree.run(&["run", "./twice"]);
    let text = tree.report(&ended.stderr);
    assert!(text.contains("\nstarmalloc report: twice has no symbols for all"), "{text}");
    assert!(!tree.report(b"some line\n").contains("symbols"));
}

/// A folder of another machine's libraries comes first on the way, as it does where a compiler for it is
/// installed.
#[test]
fn a_module_for_another_machine_is_passed_over() {
    let tree = Tree::new();
    let program = tree.compile("once more", FREES_TWICE, &[]);
    let ended = tree.run(&["run", "./once more"]);
    for (folder, machine) in [("other", 0x00b7_u16), ("right", 0)] {
        fs::create_dir(tree.0.path().join(folder)).unwrap();
        let mut bytes = fs::read(&program).unwrap();
        if machine != 0 {
            bytes[18..20].copy_from_slice(&machine.to_le_bytes());
            // Everything is somewhere else there.
            bytes.truncate(4096);
        }
        fs::write(tree.0.path().join(folder).join("once more"), bytes).unwrap();
    }
    fs::remove_file(&program).unwrap();
    let path = ["other", "right"].map(|folder| tree.0.path().join(folder));
    let mut command = tree.command(&["report", "--brief", "-"]);
    command.env("PATH", std::env::join_paths(path).unwrap());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&ended.stderr).unwrap();
    let text = stdout(&child.wait_with_output().unwrap());
    assert!(text.contains("release_again at "), "{text}");
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
fn a_program_with_file_capabilities_is_refused_to_who_is_not_root() {
    let tree = Tree::new();
    let program = tree.compile("privileged", "int main(void) { return 7; }\n", &[]);
    // As the kernel keeps them (linux/capability.h): version 2, effective, CAP_NET_RAW permitted.
    let words: [u32; 5] = [0x0200_0001, 1 << 13, 0, 0, 0];
    let value: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let flags = rustix::fs::XattrFlags::empty();
    if rustix::fs::setxattr(&program, "security.capability", &value, flags).is_err() {
        eprintln!("skipped: a program with capabilities takes root to make");
        return;
    }
    fs::set_permissions(tree.0.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let ended = tree.command(&["run", "./privileged"]).uid(NOBODY).gid(NOBODY).output().unwrap();
    assert_eq!(ended.status.code(), Some(125));
    assert!(stderr(&ended).contains("has file capabilities"), "{}", stderr(&ended));
    // Root gains nothing by them.
    assert_eq!(tree.run(&["run", "./privileged"]).status.code(), Some(7));
}

/// The system would start the launcher for the script, and the launcher the script.
#[test]
fn a_script_that_would_run_itself_for_ever_is_refused() {
    let tree = Tree::new();
    let script = tree.0.path().join("script");
    let launcher = tree.0.path().join("starmalloc");
    fs::write(&script, format!("#!{} run\n", launcher.display())).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let ended = tree.run(&["run", "./script"]);
    assert_eq!(ended.status.code(), Some(126));
    assert!(stderr(&ended).contains("names no program"), "{}", stderr(&ended));
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

/// Allocates for as long as its input is open.
const SERVES: &str = "\
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static char *kept[1000];
int main(void) {
    for (int i = 0; i < 1000; i++)
        kept[i] = malloc(40);
    char *large = malloc(1 << 20);
    memset(large, 1, 1 << 20);
    for (int round = 0; round < 20; round++) {
        usleep(5000);
        for (int i = 0; i < 5000; i++)
            free(malloc(100));
    }
    puts(\"started\");
    fflush(stdout);
    char line[8];
    while (fgets(line, sizeof line, stdin))
        ;
    return large[7] - 1;
}
";

#[test]
fn top_shows_what_a_process_allocated() {
    let tree = Tree::new();
    tree.compile("serves", SERVES, &[]);
    let running = Running::start(&tree, &["run", "--option", "share_stats=on", "./serves"]);
    let pid = running.0.id().to_string();
    let ended = tree.run(&["top", "-n", "2", "-i", "0.1", &pid]);
    let text = stdout(&ended);
    assert!(ended.status.success(), "{text}{}", stderr(&ended));
    assert_eq!(text.matches("(serves)").count(), 2, "{text}");
    assert_eq!(text.matches("  mappings ").count(), 2, "{text}");
    let class = text.lines().find(|line| line.trim_start().starts_with("48 ")).unwrap();
    let numbers: Vec<u64> =
        class.split_whitespace().map(|number| number.parse().unwrap()).collect();
    let [_, live, live_bytes, _, _, committed, resident] = numbers[..] else { panic!("{text}") };
    assert!(live >= 900 && live_bytes >= 900 * 40, "{text}");
    assert!(resident >= live_bytes && resident <= committed, "{text}");

    // On a terminal a picture takes the place of the one before, and no line is too long for it.
    let launcher = tree.0.path().join("starmalloc");
    let looked = format!("stty rows 9 cols 40; {} top -n 2 -i 0.1 {pid}", launcher.display());
    let seen = Command::new("script").args(["-qec", &looked, "/dev/null"]).output().unwrap();
    let text = stdout(&seen);
    assert_eq!(text.matches("\x1b[H\x1b[2J").count(), 2, "{text:?}");
    let pictures = text.replace("\x1b[H\x1b[2J", "");
    assert!(pictures.lines().all(|line| line.trim_end().len() <= 40), "{text:?}");
    assert!((8..=2 * 9).contains(&pictures.lines().count()), "{text:?}");
}

/// Another allocator in front of the library serves the program alone.
#[test]
fn another_allocator_that_is_preloaded_is_warned_of() {
    let tree = Tree::new();
    let source = "void *__libc_malloc(unsigned long bytes);\n\
                  void *malloc(unsigned long bytes) { return __libc_malloc(bytes); }\n";
    tree.compile("other.so", source, &["-shared", "-fPIC"]);
    let other = tree.0.path().join("other.so");
    let run = |before: &Path| {
        let mut command = tree.command(&["run", "/nonexistent/program"]);
        stderr(&command.env("LD_PRELOAD", before).output().unwrap())
    };
    assert!(run(&other).contains("other.so is in LD_PRELOAD already and brings its own malloc"));
    for harmless in [library::library(), Path::new("libm.so.6"), Path::new("/nonexistent.so")] {
        assert!(!run(harmless).contains("its own malloc"), "{}", harmless.display());
    }
}

#[test]
fn top_says_what_to_do_when_nothing_is_shared() {
    let tree = Tree::new();
    let running = Running::shell(&tree, &[]);
    let ended = tree.run(&["top", "-n", "1", &running.0.id().to_string()]);
    assert_eq!(ended.status.code(), Some(125));
    assert!(stderr(&ended).contains("share_stats=on"), "{}", stderr(&ended));
}

/// Holds memory in two functions.
const HOLDS: &str = "\
#include <stdlib.h>
static void *kept[100020];
static void small(void) {
    for (int i = 0; i < 100000; i++)
        kept[i] = malloc(96);
}
static void large(void) {
    for (int i = 0; i < 20; i++)
        kept[100000 + i] = malloc(1 << 20);
}
int main(void) {
    small();
    large();
    return 0;
}
";

#[test]
fn a_profile_says_which_functions_hold_the_memory() {
    let tree = Tree::new();
    tree.compile("holds", HOLDS, &[]);
    let setting = format!("profile={}/heap", tree.0.path().display());
    let words = ["run", "--option", &setting, "--option", "profile_interval_kib=64", "./holds"];
    assert!(tree.run(&words).status.success());
    let files = fs::read_dir(tree.0.path()).unwrap().flatten().map(|entry| entry.path());
    let file = files.into_iter().find(|path| path.to_string_lossy().contains("/heap.")).unwrap();
    let file = file.to_str().unwrap();
    let table = stdout(&tree.run(&["profile", file]));
    let mut lines = table.lines().skip(2);
    let (first, second) = (lines.next().unwrap(), lines.next().unwrap());
    assert!(first.ends_with(" large") && second.ends_with(" small"), "{table}");
    assert!(
        table.lines().any(|line| line.contains("100.0%") && line.ends_with(" main")),
        "{table}"
    );
    let folded = stdout(&tree.run(&["profile", "--folded", file]));
    assert!(folded.contains("main;large ") && folded.contains("main;small "), "{folded}");
    // The path of a module that is no text leaves the others as they are.
    let mut bytes = fs::read(file).unwrap();
    bytes.extend_from_slice(b"10000-20000 r-xp 00000000 00:00 0 /a\xff.so\n");
    let other = tree.0.path().join("other");
    fs::write(&other, bytes).unwrap();
    assert_eq!(stdout(&tree.run(&["profile", other.to_str().unwrap()])), table);
    let output = tree.0.path().join("heap.pb.gz");
    let done = tree.run(&["profile", "-o", output.to_str().unwrap(), file]);
    assert!(done.status.success(), "{}", stderr(&done));
    assert_eq!(fs::read(&output).unwrap()[..2], [0x1f, 0x8b]);
    // The format's own tool, where there is one.
    let read = Command::new("go").args(["tool", "pprof", "-top"]).arg(&output).output();
    match read {
        Ok(read) => {
            let text = stdout(&read);
            assert!(text.contains("inuse_space") && text.contains(" large"), "{text}");
        }
        Err(_) if std::env::var_os("CI").is_none() => eprintln!("skipped pprof: go is missing"),
        Err(error) => panic!("go (Debian package golang-go): {error}"),
    }
}

#[test]
fn a_file_that_is_no_profile_is_refused() {
    let tree = Tree::new();
    fs::write(tree.0.path().join("text"), b"text\xff\n").unwrap();
    let ended = tree.run(&["profile", "text"]);
    assert_eq!(ended.status.code(), Some(125));
    assert!(stderr(&ended).contains("not a heap profile"), "{}", stderr(&ended));
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
fn completions_and_manual_pages_are_made() {
    let tree = Tree::new();
    assert!(stdout(&tree.run(&["completions", "bash"])).contains("starmalloc"));
    let page = stdout(&tree.run(&["man"]));
    assert!(page.contains(".TH starmalloc"));
    // Each page that it names is there.
    let folder = tempfile::tempdir().expect("a folder can be made");
    let into = folder.path().to_str().expect("the path is text");
    assert_eq!(stdout(&tree.run(&["man", "--into", into])), "");
    let names: Vec<_> = page
        .lines()
        .filter_map(|line| line.strip_suffix("(1)"))
        .map(|name| name.replace('\\', ""))
        .collect();
    assert!(names.iter().any(|name| name == "starmalloc-run"), "{names:?}");
    for name in names {
        let file = folder.path().join(format!("{name}.1"));
        let page = fs::read_to_string(&file).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert!(page.contains(".SH SYNOPSIS"), "{name}");
    }
    let nowhere = tree.run(&["man", "--into", "/nonexistent"]);
    assert_eq!(nowhere.status.code(), Some(125));
}
