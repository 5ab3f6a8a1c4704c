//! The commands with the real library: programs started, watched and their reports explained.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed step of a test is a failed test"
)]

#[path = "../../../tests/support/library.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with tests that need all of it")]
mod library;

mod documents;
mod obstacles;
mod profiles;
mod reports;
mod starting;
mod tree;
mod watching;

use self::tree::{Tree, stderr, stdout};
use std::fs;
use std::process::Command;

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
fn check_says_what_options_do() {
    let tree = Tree::new();
    let check = |options: &str| {
        let ended = tree.command(&["check"]).env("STARMALLOC_OPTIONS", options).output().unwrap();
        stdout(&ended)
    };
    let text = check("nonsense=3,reserve_gib=1");
    assert!(text.contains("unknown option 'nonsense'"), "{text}");
    assert!(text.contains("The option reserve_gib=1 ") && !text.contains("is short"), "{text}");
    let text = check("level=strong");
    assert!(!text.contains("in force") && !text.contains("reserve_gib"), "{text}");
}

#[test]
fn shells_complete_the_name_of_a_command() {
    let tree = Tree::new();
    let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/completions");
    for (shell, flag, name) in [
        ("bash", "--norc", "starmalloc"),
        ("fish", "--no-config", "starmalloc.fish"),
        ("zsh", "-f", "_starmalloc"),
    ] {
        let file = tree.0.path().join(format!("{shell}/{name}"));
        let folder = file.parent().unwrap();
        fs::create_dir(folder).unwrap();
        fs::write(&file, tree.run(&["completions", shell]).stdout).unwrap();
        let mut command = Command::new(shell);
        command.arg(flag).arg(format!("{scripts}/ask.{shell}"));
        // zsh looks for the file itself.
        let asked = command.arg(if shell == "zsh" { folder } else { &file }).output();
        match asked {
            Ok(ended) => assert_eq!(stdout(&ended).trim(), "run", "{shell} {}", stderr(&ended)),
            Err(_) if std::env::var_os("CI").is_none() => {
                eprintln!("skipped {shell}: not installed");
            }
            Err(why) => panic!("{shell}: {why}"),
        }
    }
}

#[test]
fn manual_pages_are_made() {
    let tree = Tree::new();
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
