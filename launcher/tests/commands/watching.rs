//! `starmalloc status` and `starmalloc top`.

use crate::library;
use crate::tree::{NOBODY, Running, Tree, stderr, stdout};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

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

/// An update puts another file in the library's place while programs run on with the old one, and only some
/// may read a file that is gone.
#[test]
fn processes_whose_library_was_replaced_are_watched_by_their_user() {
    let tree = Tree::new();
    fs::set_permissions(tree.0.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let is_root = rustix::process::getuid().is_root();
    let command = |words: &[&str]| {
        let mut command = tree.command(words);
        if is_root {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    };
    let running = Running::of(&mut command(&["run", "sh", "-c", "echo started; read end"]));
    let library = tree.0.path().join("libstarmalloc.so");
    fs::remove_file(&library).unwrap();
    fs::write(&library, "another").unwrap();
    let ended = command(&["status", &running.0.id().to_string()]).output().unwrap();
    let text = stdout(&ended);
    assert!(ended.status.success(), "{text}{}", stderr(&ended));
    assert!(text.contains(env!("CARGO_PKG_VERSION")), "{text}");
}

/// The library is in the program itself.
#[test]
fn programs_that_are_linked_with_the_archive_are_watched_too() {
    let tree = Tree::new();
    let archive = library::archive().to_str().unwrap();
    for (name, kind) in [("linked", "-pie"), ("fixed", "-no-pie"), ("alone", "-static")] {
        tree.compile(name, SERVES, &["-Wl,-u,malloc", archive, kind]);
        let program = format!("./{name}");
        let running = Running::start(&tree, &["run", "--option", "share_stats=on", &program]);
        let pid = running.0.id().to_string();
        let listed = tree.run(&["status", &pid]);
        assert!(listed.status.success(), "{kind} {}", stdout(&listed));
        assert!(stdout(&listed).contains("starmalloc"), "{kind} {}", stdout(&listed));
        let seen = tree.run(&["top", "-n", "1", &pid]);
        assert!(stdout(&seen).contains("COMMITTED"), "{kind} {}", stderr(&seen));
    }
}

#[test]
fn of_stripped_programs_that_is_said_which_can_be_told() {
    let tree = Tree::new();
    let archive = library::archive().to_str().unwrap();
    for (name, kind, words) in
        [("linked", "-pie", " starmalloc"), ("alone", "-static", "cannot be told: static")]
    {
        tree.compile(name, SERVES, &["-s", "-Wl,-u,malloc", archive, kind]);
        let program = format!("./{name}");
        let running = Running::start(&tree, &["run", "--force", &program]);
        let pid = running.0.id().to_string();
        let listed = tree.run(&["status", &pid]);
        let text = stdout(&listed);
        let line = text.lines().last().unwrap();
        assert!(line.contains(words) && !line.contains("not starmalloc"), "{text}");
        assert_eq!(listed.status.success(), name == "linked", "{text}");
        let seen = tree.run(&["top", "-n", "1", &pid]);
        assert!(stderr(&seen).contains("has no symbols"), "{}", stderr(&seen));
    }
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
    // How old the figures are is told in seconds, and they are not older than the program.
    let (_, age) = text.split_once("  as of ").unwrap();
    let (age, _) = age.split_once("s ago  resident ").unwrap();
    assert!(age.parse::<f64>().unwrap() < 60.0, "{text}");
    let class = text.lines().find(|line| line.trim_start().starts_with("48 ")).unwrap();
    let numbers: Vec<u64> =
        class.split_whitespace().map(|number| number.parse().unwrap()).collect();
    let [_, live, live_bytes, _, _, committed, resident] = numbers[..] else { panic!("{text}") };
    assert!(live >= 900 && live_bytes >= 900 * 40, "{text}");
    // Whole pages are resident; what is made usable is counted by the slot.
    assert!(resident >= live_bytes && resident <= committed + 4096, "{text}");

    // `status` knows what is live too, and where it is not shared says nothing.
    let listed = stdout(&tree.run(&["status", &pid]));
    let line = listed.lines().last().unwrap();
    let [.., live, unit, _, malloc] = line.split_whitespace().collect::<Vec<_>>()[..] else {
        panic!("{listed}")
    };
    assert_eq!((unit, malloc), ("MiB", "starmalloc"), "{listed}");
    assert!((1.0..9.0).contains(&live.parse::<f64>().unwrap()), "{listed}");

    // On a terminal a picture takes the place of the one before, and no line is too long for it.
    let launcher = tree.0.path().join("starmalloc");
    let looked = format!("stty rows 9 cols 40; {} top -n 2 -i 0.1 {pid}", launcher.display());
    let on_terminal = |kind: &str| {
        let mut command = Command::new("script");
        command.env("TERM", kind).args(["-qec", &looked, "/dev/null"]);
        stdout(&command.output().unwrap())
    };
    let text = on_terminal("xterm");
    assert_eq!(text.matches("\x1b[H\x1b[2J").count(), 2, "{text:?}");
    let pictures = text.replace("\x1b[H\x1b[2J", "");
    assert!(pictures.lines().all(|line| line.trim_end().len() <= 40), "{text:?}");
    assert!((8..=2 * 9).contains(&pictures.lines().count()), "{text:?}");
    // One that obeys nothing gets the text alone.
    for kind in ["dumb", ""] {
        let text = on_terminal(kind);
        assert!(text.contains("COMMITTED") && !text.contains('\x1b'), "{kind} {text:?}");
    }
}

/// What it showed were the figures of a program that is no more.
#[test]
fn top_goes_on_with_the_next_program_of_a_process() {
    let tree = Tree::new();
    let program = tree.compile("serves", SERVES, &[]);
    let script = format!("echo started; read go; exec {}", program.display());
    let words = ["run", "--option", "share_stats=on", "bash", "-c", &script];
    let mut running = Running::start(&tree, &words);
    let pid = running.0.id().to_string();
    let mut command = tree.command(&["top", "-n", "1000", "-i", "0.1", &pid]);
    let mut top = command.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(top.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut heads = lines.filter(|line| line.contains("  mappings "));
    assert!(heads.next().unwrap().contains("(bash)"));
    // Open until the end: the next program ends with its input.
    let mut input = running.0.stdin.take().unwrap();
    input.write_all(b"\n").unwrap();
    let next = heads.find(|line| line.contains("(serves)"));
    drop(top.kill());
    drop(top.wait());
    assert!(next.is_some());
}

#[test]
fn top_says_what_to_do_when_nothing_is_shared() {
    let tree = Tree::new();
    let running = Running::shell(&tree, &[]);
    let ended = tree.run(&["top", "-n", "1", &running.0.id().to_string()]);
    assert_eq!(ended.status.code(), Some(125));
    assert!(stderr(&ended).contains("share_stats=on"), "{}", stderr(&ended));
}
