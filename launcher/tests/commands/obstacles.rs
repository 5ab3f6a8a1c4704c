//! `starmalloc run` with programs whose files say little, or that want no other allocator.

use crate::library;
use crate::tree::{NOBODY, Tree, stderr};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;

const ENDS: &str = "int main(void) { return 7; }\n";

/// The sanitizers would stop the program, each with words that do not say why.
#[test]
fn a_program_with_a_sanitizer_is_refused() {
    let tree = Tree::new();
    for (flag, name) in
        [("address", "AddressSanitizer"), ("thread", "ThreadSanitizer"), ("leak", "LeakSanitizer")]
    {
        tree.compile(flag, ENDS, &[&format!("-fsanitize={flag}")]);
        let ended = tree.run(&["run", &format!("./{flag}")]);
        let said = stderr(&ended);
        assert_eq!(ended.status.code(), Some(125), "{said}");
        assert!(said.contains(name) && said.contains("without starmalloc"), "{said}");
    }
    // As clang does: the sanitizer is in the program itself.
    let source = format!("void __msan_init(void) {{}}\n{ENDS}");
    tree.compile("inside", &source, &[]);
    let said = stderr(&tree.run(&["run", "./inside"]));
    assert!(said.contains("MemorySanitizer"), "{said}");
    // One that has no allocator.
    tree.compile("plain", ENDS, &["-fsanitize=undefined"]);
    let ended = tree.run(&["run", "./plain"]);
    assert_eq!((ended.status.code(), stderr(&ended).as_str()), (Some(7), ""));
}

/// As `sudo` is installed by some systems: whoever may start it may not read it.
#[test]
fn a_program_that_may_not_be_read_is_looked_at_from_outside() {
    let tree = Tree::new();
    let program = tree.compile("closed", ENDS, &[]);
    fs::set_permissions(tree.0.path(), fs::Permissions::from_mode(0o755)).unwrap();
    if !rustix::process::getuid().is_root() {
        eprintln!("skipped: it takes root to be somebody else");
        return;
    }
    for (mode, code, words) in [(0o711, 7, "may be started but not read"), (0o4711, 125, "setuid")]
    {
        fs::set_permissions(&program, fs::Permissions::from_mode(mode)).unwrap();
        let mut command = tree.command(&["run", "./closed"]);
        let ended = command.uid(NOBODY).gid(NOBODY).output().unwrap();
        let said = stderr(&ended);
        assert!(ended.status.code() == Some(code) && said.contains(words), "{mode:o}: {said}");
    }
    fs::set_permissions(&program, fs::Permissions::from_mode(0o600)).unwrap();
    let ended = tree.command(&["run", "./closed"]).uid(NOBODY).gid(NOBODY).output().unwrap();
    let said = stderr(&ended);
    assert!(ended.status.code() == Some(126) && !said.contains("warning"), "{said}");
}

/// The library is in both; only of the dynamic one something is left that tells it.
#[test]
fn a_stripped_program_that_is_linked_with_the_archive_needs_no_preloading() {
    let tree = Tree::new();
    let source = "#include <stdlib.h>\nint main(void) { free(malloc(9)); return 7; }\n";
    let archive = library::archive().to_str().unwrap();
    tree.compile("linked", source, &["-s", "-Wl,-u,malloc", archive]);
    let ended = tree.run(&["run", "./linked"]);
    assert_eq!((ended.status.code(), stderr(&ended).as_str()), (Some(7), ""));
    tree.compile("alone", source, &["-s", "-static", "-Wl,-u,malloc", archive]);
    let ended = tree.run(&["run", "./alone"]);
    assert_eq!(ended.status.code(), Some(125));
    assert!(stderr(&ended).contains("cannot be told"), "{}", stderr(&ended));
    tree.compile("other", source, &["-static"]);
    assert!(!stderr(&tree.run(&["run", "./other"])).contains("cannot be told"));
}
