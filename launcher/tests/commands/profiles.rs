//! `starmalloc profile`.

use crate::tree::{Tree, stderr, stdout};
use std::fs;
use std::process::Command;
use std::time::{Duration, SystemTime};

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
    assert_eq!(stderr(&tree.run(&["profile", file])), "");
    let program = tree.0.path().join("holds");
    let warned = |words: &str| {
        let said = stderr(&tree.run(&["profile", file]));
        assert!(said.contains(&format!("warning: {} {words}", program.display())), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    };
    let kept = tree.0.path().join("kept");
    fs::rename(&program, &kept).unwrap();
    warned("was not found");
    fs::copy(&kept, &program).unwrap();
    warned("may be another build");
    fs::rename(&kept, &program).unwrap();
    // As a compiler leaves it, which writes over the file that is there.
    let rebuilt = fs::File::options().append(true).open(&program).unwrap();
    let before = rebuilt.metadata().unwrap().modified().unwrap();
    rebuilt.set_modified(SystemTime::now() + Duration::from_secs(9)).unwrap();
    warned("was changed after the profile was written");
    rebuilt.set_modified(before).unwrap();
    let mut command = tree.command(&["profile", "-"]);
    let output = command.stdin(fs::File::open(file).unwrap()).output().unwrap();
    assert_eq!((stdout(&output), stderr(&output)), (table.clone(), String::new()));
    // The path of a module that is no text leaves the others as they are.
    let mut bytes = fs::read(file).unwrap();
    bytes.extend_from_slice(b"10000-20000 r-xp 00000000 00:00 0 /a\xff.so\n");
    let other = tree.0.path().join("other");
    fs::write(&other, bytes).unwrap();
    assert_eq!(stdout(&tree.run(&["profile", other.to_str().unwrap()])), table);
    let output = tree.0.path().join("heap.pb.gz");
    let done = tree.run(&["profile", "-o", output.to_str().unwrap(), file]);
    assert_eq!(fs::read(&output).unwrap(), tree.run(&["profile", "-o", "-", file]).stdout);
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
