//! How a report leaves the process: the system calls it makes, what a debugger finds, and what a
//! program with more privileges than its user may say.

use crate::misuse::{Misuse, built};
use crate::support::{Child, Outcome, Program, header_dir, library, missing, target_tmp, tool};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

const SIGABRT: i32 = 6;

/// The system calls that `docs/design.md` says a report makes, and those of an allocator at work.
const CALLS: [&str; 13] = [
    "write",
    "getpid",
    "gettid",
    "prctl",
    "openat",
    "read",
    "close",
    "getdents64",
    "rt_sigprocmask",
    "sigaltstack",
    "rt_sigaction",
    "tgkill",
    "madvise",
];

fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in(target_tmp()).expect("a scratch directory can be made")
}

/// The library goes into the traced program, not into the tool that starts it.
fn preload() -> String {
    format!("LD_PRELOAD={}", library().display())
}

/// The system calls of a misuse from the moment that it says what it will do, one a line.
fn traced(program: &str, arguments: &[&str]) -> Option<Vec<String>> {
    let directory = scratch();
    let log = directory.path().join("calls");
    let strace = Child::of(tool("strace")?).args(["-s", "600", "-E", &preload(), "-o"]).arg(&log);
    let outcome = strace.arg(built(program)).args(arguments).run_plain();
    assert_eq!(outcome.signal, Some(SIGABRT), "{}", outcome.story());
    let text = std::fs::read_to_string(log).expect("strace writes a log");
    let lines = text.lines().skip_while(|line| !line.starts_with("write(1, \"reached"));
    let calls = lines.skip(1).take_while(|line| !line.starts_with("---"));
    Some(calls.map(str::to_owned).collect())
}

#[test]
fn every_line_is_one_write_and_no_call_is_undocumented() {
    let misuses: [(&str, &[&str]); 4] = [
        ("double_free.c", &["40"]),
        ("double_free.c", &["1000000"]),
        ("operation_on_another_threads_stack.c", &["free"]),
        ("overflow_by_one_byte.c", &["24", "free"]),
    ];
    for (program, arguments) in misuses {
        let Some(calls) = traced(program, arguments) else { return };
        let lines: Vec<_> = calls.iter().filter(|call| call.starts_with("write(2, ")).collect();
        assert!(lines.len() > 6, "{calls:#?}");
        for line in lines {
            let is_whole = line.starts_with("write(2, \"starmalloc: ") && line.contains("\\n\", ");
            assert!(is_whole && line.matches("\\n").count() == 1, "{line}");
        }
        for call in &calls {
            let name = call.split('(').next().unwrap_or_default();
            assert!(CALLS.contains(&name), "{program}: {call}");
        }
    }
}

#[test]
fn the_calls_of_a_report_are_in_the_document() {
    let document = std::fs::read_to_string("docs/design.md").expect("the document is there");
    let section = document.split("## System calls").nth(1).expect("it has the section");
    for call in CALLS {
        assert!(section.contains(&format!("`{call}")), "{call} is missing");
    }
}

/// What `docs/faults.md` says to type.
const PRINT: &str = "print *(char **)&starmalloc_abort_message";

/// gdb printed the first line of the report.
#[track_caller]
fn prints_the_message(gdb: &Outcome) {
    let printed = gdb.stdout.lines().find(|line| line.starts_with("$1 = "));
    let is_message = printed.is_some_and(|line| line.contains("\"starmalloc: fatal: double free"));
    assert!(is_message, "{}", gdb.story());
}

#[test]
fn a_debugger_shows_the_message_of_a_process() {
    let Some(gdb) = tool("gdb") else { return };
    let environment = format!("set exec-wrapper env '{}'", preload());
    let outcome = Child::of(gdb)
        .args(["-q", "-nx", "-batch", "-ex", &environment, "-ex", "run", "-ex", PRINT])
        .args(["-ex", "kill", "--args"])
        .arg(built("double_free.c"))
        .arg("40")
        .run_plain();
    if outcome.stderr.contains("ptrace") {
        return missing("permission to trace processes");
    }
    prints_the_message(&outcome);
}

/// And the dump is of a size that one would expect of such a program.
#[test]
fn a_debugger_shows_the_message_of_a_core_dump() {
    let Some(gdb) = tool("gdb") else { return };
    let directory = scratch();
    let program = built("double_free.c");
    let child = Child::of(&program).arg("40").directory(directory.path()).core_dumps();
    let outcome = child.run_preloaded();
    assert_eq!(outcome.signal, Some(SIGABRT), "{}", outcome.story());
    let Some(core) = only_file(directory.path()) else {
        return missing("core dumps in the working directory");
    };
    let bytes = core.metadata().expect("it is there").len();
    assert!(bytes < 64 << 20, "{bytes} bytes");
    let gdb = Child::of(gdb).args(["-q", "-nx", "-batch", "-ex", PRINT]).arg(&program).arg(&core);
    prints_the_message(&gdb.run_plain());
}

fn only_file(directory: &Path) -> Option<PathBuf> {
    let mut entries = std::fs::read_dir(directory).expect("it can be listed");
    entries.next().map(|entry| entry.expect("it can be listed").path())
}

/// A program that is linked to the library and runs with another user's rights: it tells the kind
/// and no address, no name, no stack, and it listens to no options.
#[test]
fn a_privileged_program_says_the_kind_of_fault_alone() {
    const NOBODY: u32 = 65_534;
    // Where everybody can come: the program runs as a user with few rights.
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path();
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(path, open).expect("the directory is ours");
    let copy = path.join("libstarmalloc.so.0");
    std::fs::copy(library(), &copy).expect("the library can be copied");
    symlink(&copy, path.join("libstarmalloc.so")).expect("a link can be made");
    let source = Program::of("faults/privileged.c").named("privileged");
    let source = source.flag(&format!("-Wl,-rpath,{}", path.display()));
    let source = source.flag(&format!("-L{}", path.display())).flag("-lstarmalloc");
    let source = source.flag("-I").flag(&header_dir().to_string_lossy());
    let program = path.join("privileged");
    let built = source.build();
    std::fs::copy(&built, &program).expect("the program can be copied");
    // It names a directory that is there during this test alone.
    std::fs::remove_file(built).expect("it was just built");
    if chown(&program, Some(NOBODY), None).is_err() {
        return missing("the right to give files away");
    }
    let raised = std::fs::Permissions::from_mode(0o4755);
    std::fs::set_permissions(&program, raised).expect("the file was ours");
    let options = "verbose=on,on_fault=report_only,no_such_option=1";
    let child = Child::of(&program).env("STARMALLOC_OPTIONS", options);
    let outcome = child.directory(path).run_plain();
    if outcome.stdout.contains("unprivileged") {
        return missing("a file system that lets programs change the user");
    }
    assert_eq!(outcome.stderr, "starmalloc: fatal: double free\n", "{}", outcome.story());
    assert_eq!(outcome.signal, Some(SIGABRT), "{}", outcome.story());
    assert_eq!(outcome.stdout, "kept starmalloc: fatal: double free\n", "{}", outcome.story());
}

/// A process that goes on is not ended by SIGPIPE: not by a warning, nor by what it asked for, nor by a report.
#[test]
fn what_nobody_reads_ends_no_process_that_goes_on() {
    let options = "verbose=1,no_such_option=1,stats_at_exit=1,on_fault=report_only";
    let seen = Misuse::of("pipe_that_nobody_reads.c").options(options).run();
    assert!(seen.has("survived") && seen.outcome.is_success(), "{}", seen.outcome.story());
}
