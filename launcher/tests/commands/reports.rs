//! `starmalloc report`.

use crate::tree::{Tree, stderr, stdout};
use std::fs;
use std::io::Write;
use std::process::Stdio;

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

/// Of a program without debug information all there is are symbols; `f` is C++'s name of a type too.
#[test]
fn short_names_of_functions_stay_what_they_are() {
    let tree = Tree::new();
    tree.compile("short", &FREES_TWICE.replace("release_again", "f"), &["-g0"]);
    let text = tree.report(&tree.run(&["run", "./short"]).stderr);
    assert!(text.contains("  f of ") && !text.contains("float"), "{text}");
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
