//! The caller and the stack in a report are those of the program, to the line, in programs without
//! frame pointers and without an unwinder of their own.

use crate::misuse::matches;
use crate::support::{Child, Outcome, Program, file_tool, is_aarch64};
use std::path::{Path, PathBuf};
use std::process::Command;

/// As distributions build programs.
const FLAGS: [&str; 3] = ["-O2", "-fomit-frame-pointer", "-fno-ipa-icf"];

fn built(program: Program) -> PathBuf {
    FLAGS.into_iter().fold(program, Program::flag).build()
}

/// A call as addr2line tells it.
#[derive(Debug)]
struct Call {
    module: String,
    function: String,
    line: String,
}

/// What follows `fact` in each line of a report that states it.
fn facts<'a>(outcome: &'a Outcome, fact: &str) -> Vec<&'a str> {
    let start = format!("starmalloc:   {fact:9}");
    outcome.stderr.lines().filter_map(|line| line.strip_prefix(&start)).collect()
}

/// The call at `place`, a module and an offset, where the module is one of `files`.
fn resolved(place: &str, files: &[&Path]) -> Option<Call> {
    let (module, offset) = place.rsplit_once('+').expect("a module and an offset");
    let file = files.iter().find(|file| file.file_name().is_some_and(|name| name == module));
    let Some(file) = file else {
        let (function, line) = (String::new(), String::new());
        return Some(Call { module: module.to_owned(), function, line });
    };
    let output =
        Command::new(file_tool("addr2line")?).args(["-f", "-e"]).arg(file).arg(offset).output();
    let text = String::from_utf8(output.expect("addr2line runs").stdout).expect("it writes text");
    let (function, line) = text.trim_end().split_once('\n').expect("two lines");
    let line = line.split(" (").next().and_then(|line| line.rsplit(':').next()).unwrap_or_default();
    let (module, function) = (module.to_owned(), function.to_owned());
    Some(Call { module, function, line: line.to_owned() })
}

/// The numbered calls of a report's stack.
fn stack(outcome: &Outcome, files: &[&Path]) -> Option<Vec<Call>> {
    let lines = facts(outcome, "stack");
    let calls = lines.iter().enumerate().map(|(i, line)| {
        let place = line.strip_prefix(&format!("#{i} ")).unwrap_or_else(|| panic!("{line}"));
        resolved(place, files)
    });
    calls.collect()
}

/// The program reports with a stack that starts with `functions`, where an empty name stands for
/// one in another module than `files`, and the first is at the line that the program printed.
#[track_caller]
fn has_stack(outcome: &Outcome, files: &[&Path], functions: &[&str]) {
    assert_eq!(outcome.signal, Some(6), "{}", outcome.story());
    let Some(calls) = stack(outcome, files) else { return };
    let names: Vec<_> = calls.iter().map(|call| call.function.as_str()).collect();
    let story = || format!("{calls:#?}\n{}", outcome.story());
    assert!(names.starts_with(functions), "{}", story());
    let line = outcome.stdout.lines().find_map(|line| line.strip_prefix("line "));
    assert_eq!(Some(calls[0].line.as_str()), line, "{}", story());
    let first = facts(outcome, "stack")[0].strip_prefix("#0 ").unwrap_or_default();
    assert_eq!(facts(outcome, "from"), [format!("free called by {first}")], "{}", story());
}

fn run(way: &str) -> (Outcome, PathBuf) {
    let program = built(Program::of("faults/stack_of_a_misuse.c"));
    (Child::of(&program).arg(way).run_preloaded(), program)
}

#[test]
fn the_caller_is_named() {
    let (outcome, program) = run("plainly");
    has_stack(&outcome, &[&program], &["frees_twice", "calls", "main"]);
    let calls = stack(&outcome, &[&program]).unwrap_or_default();
    assert!(calls.last().is_none_or(|call| call.function == "_start"), "{calls:?}");
}

#[test]
fn a_stack_goes_down_to_the_start_of_its_thread() {
    let (outcome, program) = run("thread");
    has_stack(&outcome, &[&program], &["frees_twice", "calls", "thread", ""]);
    let calls = stack(&outcome, &[&program]).unwrap_or_default();
    assert!(calls.last().is_none_or(|call| call.module == "libc.so.6"), "{calls:?}");
}

/// The frame between is the one that the kernel makes. On aarch64 it has no tables and is left out.
#[test]
fn a_stack_goes_through_a_signal_handler_to_what_it_interrupted() {
    for way in ["handler", "handler's stack"] {
        let (outcome, program) = run(way);
        let mut calls = vec!["frees_twice", "calls", "handler", "", "writes"];
        calls.retain(|call| !(is_aarch64() && call.is_empty()));
        has_stack(&outcome, &[&program], &calls);
        let calls = stack(&outcome, &[&program]).unwrap_or_default();
        assert!(calls.iter().any(|call| call.function == "main"), "{calls:?}");
    }
}

#[test]
fn a_stack_goes_through_a_frame_that_was_realigned() {
    let (outcome, program) = run("realigned");
    has_stack(&outcome, &[&program], &["frees_twice", "calls", "realigns", "main"]);
}

#[test]
fn a_stack_goes_through_a_library_that_was_opened_late() {
    let library = built(Program::of("faults/library_in_between.c").shared());
    let program = built(Program::of("faults/stack_of_a_misuse.c"));
    let child = Child::of(&program).arg("library").arg(&library);
    let functions = ["frees_twice", "calls", "inside", "passes_on", "main"];
    has_stack(&child.run_preloaded(), &[&program, &library], &functions);
    let child = Child::of(&program).arg("library frees").arg(&library);
    has_stack(&child.run_preloaded(), &[&program, &library], &["frees", "main"]);
}

/// The loader is at work and holds its locks.
#[test]
fn a_stack_goes_through_the_loader() {
    let library = built(Program::of("faults/library_at_fault_when_opened.c").shared());
    let program = built(Program::of("faults/stack_of_a_misuse.c"));
    let outcome = Child::of(&program).arg("constructor").arg(&library).run_preloaded();
    let files = [program.as_path(), library.as_path()];
    has_stack(&outcome, &files, &["frees_twice_when_opened"]);
    let calls = stack(&outcome, &files).unwrap_or_default();
    assert!(calls.iter().any(|call| call.module.starts_with("ld-linux")), "{calls:?}");
    assert!(calls.iter().any(|call| call.function == "main"), "{calls:?}");
}

/// The stack is as long as it makes sense.
#[test]
fn a_stack_that_was_written_over_is_short() {
    let (outcome, program) = run("smashed");
    let lines = facts(&outcome, "stack");
    assert!(!outcome.hung && (2..=4).contains(&lines.len()), "{}", outcome.story());
    assert!(lines.iter().take(2).all(|line| line.contains("faults_stack_of_a_misuse_c+0x")));
    let first = lines[0].strip_prefix("#0 ").and_then(|place| resolved(place, &[&program]));
    assert!(first.is_none_or(|call| call.function == "frees_twice"), "{}", outcome.story());
    assert_eq!(outcome.signal, Some(6), "{}", outcome.story());
}

/// A program that is not to be moved: its addresses are those in the file.
#[test]
fn the_offset_in_a_program_at_a_fixed_place_is_its_address() {
    let source = Program::of("faults/stack_of_a_misuse.c").named("at_a_fixed_place");
    let program = built(source.flag("-no-pie"));
    let outcome = Child::of(&program).arg("plainly").run_preloaded();
    has_stack(&outcome, &[&program], &["frees_twice", "calls", "main"]);
    assert!(matches("free called by *+0x4*", facts(&outcome, "from")[0]), "{}", outcome.story());
}

#[test]
fn the_caller_of_delete_is_named() {
    let program = built(Program::of("faults/double_delete.cpp").named("stack_of_a_delete"));
    for (argument, operation) in [("object", "delete"), ("array", "delete[]")] {
        let outcome = Child::of(&program).arg(argument).run_preloaded();
        let Some(calls) = stack(&outcome, &[&program]) else { return };
        assert_eq!(calls[0].function, "main", "{}", outcome.story());
        let told = format!("{operation} called by stack_of_a_delete+0x*");
        assert!(matches(&told, facts(&outcome, "from")[0]), "{}", outcome.story());
    }
}
