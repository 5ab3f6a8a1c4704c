//! `starmalloc report`.

use crate::tree::{Tree, stderr, stdout};
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

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

/// What `report` makes of `text` with these words on its command line.
fn report_with(tree: &Tree, words: &[&str], text: &[u8]) -> String {
    let mut command = tree.command(&[&["report", "--brief"], words, &["-"]].concat());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text).unwrap();
    stdout(&child.wait_with_output().unwrap())
}

/// A report cuts long names, has dots for what is not ASCII, and says of a file that it is gone.
#[test]
fn a_file_is_found_by_what_a_report_makes_of_its_name() {
    let tree = Tree::new();
    let long = "a_name_that_is_longer_than_what_a_report_has_room_for.bin";
    tree.compile("short", FREES_TWICE, &[]);
    let path = |name: &str| tree.0.path().join(name);
    fs::create_dir(path("kept")).unwrap();
    for name in [long, "größe"] {
        fs::copy(path("short"), path(name)).unwrap();
        let said = tree.run(&["run", &format!("./{name}")]).stderr;
        let text = report_with(&tree, &[], &said);
        assert!(text.contains("release_again at "), "{name}: {text}");
        fs::rename(path(name), path("kept").join(name)).unwrap();
        for place in ["kept", &format!("kept/{name}")] {
            let text = report_with(&tree, &["--module", place], &said);
            assert!(text.contains("release_again at "), "{place}: {text}");
        }
    }
    // A program that is replaced while it runs: what has its name now is another build.
    fs::copy(path("short"), path("gone")).unwrap();
    let mut command = tree.command(&["run", "bash", "-c", "exec 9<gone; rm gone; exec /dev/fd/9"]);
    let said = command.output().unwrap().stderr;
    let shown = String::from_utf8_lossy(&said).into_owned();
    assert!(shown.contains("gone (deleted)+0x"), "{shown}");
    fs::copy(path("short"), path("gone")).unwrap();
    let text = report_with(&tree, &[], &said);
    assert!(text.contains("was deleted or replaced") && !text.contains("release_again"), "{text}");
    let text = report_with(&tree, &["--module", "gone"], &said);
    assert!(text.contains("release_again at "), "{text}");
}

#[test]
fn a_file_of_another_name_is_taken_where_the_user_says_so() {
    let tree = Tree::new();
    tree.compile("twice", FREES_TWICE, &[]);
    let said = tree.run(&["run", "./twice"]).stderr;
    let path = |name: &str| tree.0.path().join(name);
    fs::rename(path("twice"), path("build=7")).unwrap();
    let text = report_with(&tree, &["--module", "twice=build=7"], &said);
    assert!(text.contains("release_again at ") && !text.contains("taken to be"), "{text}");
    // Nothing else is left that it could be.
    let text = report_with(&tree, &["--module", "build=7"], &said);
    assert!(text.contains("release_again at "), "{text}");
    assert!(text.contains("twice was taken to be build=7"), "{text}");
    let with = |other| report_with(&tree, &["--module", "build=7", "--module", other], &said);
    assert!(with("starmalloc").contains("twice was not found"), "{}", with("starmalloc"));
    assert!(with("twice.c").contains("taken to be build=7"), "{}", with("twice.c"));
    let ended = tree.run(&["report", "--module", "twice=nothing", "-"]);
    assert_eq!(ended.status.code(), Some(125));
    assert!(stderr(&ended).contains("twice=nothing"), "{}", stderr(&ended));
}

#[test]
fn debug_information_in_a_file_of_its_own_is_taken_if_it_is_of_the_same_build() {
    let tree = Tree::new();
    tree.compile("other", FREES_TWICE, &["-Wl,--build-id", "-DOTHER"]);
    tree.compile("twice", FREES_TWICE, &["-Wl,--build-id"]);
    let said = tree.run(&["run", "./twice"]).stderr;
    for (words, file) in
        [(&["--only-keep-debug", "twice", "debug"][..], "debug"), (&["-S", "-x", "twice"], "")]
    {
        let done = Command::new("objcopy").args(words).current_dir(tree.0.path()).status().unwrap();
        assert!(done.success(), "{file}");
    }
    let text = report_with(&tree, &["--module", "debug"], &said);
    assert!(text.contains("release_again at "), "{text}");
    let text = report_with(&tree, &["--module", "other"], &said);
    assert!(!text.contains("release_again at "), "{text}");
    // By its name, without the module.
    fs::rename(tree.0.path().join("debug"), tree.0.path().join("twice.debug")).unwrap();
    fs::remove_file(tree.0.path().join("twice")).unwrap();
    let text = report_with(&tree, &["--module", "twice.debug"], &said);
    assert!(text.contains("release_again at ") && !text.contains("taken to be"), "{text}");
}

/// As it comes out of other systems' editors, logs in other encodings, and programs that go on writing.
#[test]
fn reports_are_read_as_they_come() {
    let tree = Tree::new();
    tree.compile("twice", FREES_TWICE, &[]);
    let said = stderr(&tree.run(&["run", "./twice"]));
    let windows = tree.report(said.replace('\n', "\r\n").as_bytes());
    let caller = windows.lines().find(|line| line.contains("free called by")).unwrap();
    assert!(caller.contains("twice.c:3") && !caller.contains('\r'), "{windows:?}");
    let mut latin = Vec::new();
    for line in said.lines() {
        latin.extend_from_slice(b"caf\xe9 ");
        latin.extend_from_slice(line.as_bytes());
        latin.push(b'\n');
    }
    let text = tree.report(&latin);
    assert!(text.contains("twice.c:3") && text.contains("docs/faults.md#double-free\n"), "{text}");
    let foreign =
        said.replace("starmalloc:   stack    #0", "a line of somebody\nstarmalloc:   stack    #0");
    let text = tree.report(foreign.as_bytes());
    let explained = text.find("Double free: ").unwrap();
    assert!(explained > text.rfind("starmalloc:   stack").unwrap(), "{text}");
    // But it does not wait for ever.
    let text = tree.report((said + &"other\n".repeat(100)).as_bytes());
    assert!(text.find("Double free: ").unwrap() < text.rfind("other").unwrap(), "{text}");
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
