//! `starmalloc run`: what a program gets from it, and which programs it refuses or warns of.

use crate::library;
use crate::tree::{NOBODY, Tree, stderr, stdout};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

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
    // One that closes standard error when it ends.
    let ended = tree.run(&["run", "--stats", "ls", "/"]);
    assert!(stderr(&ended).contains("small_live "), "{}", stderr(&ended));
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
    // Where nobody gains privileges, the loader is not careful.
    let mut plainly = Command::new("setpriv");
    let words = ["--no-new-privs", "./starmalloc", "run", "./privileged"];
    let ended = plainly.args(words).current_dir(tree.0.path()).output().unwrap();
    assert_eq!(ended.status.code(), Some(7), "{}", stderr(&ended));
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

/// A program in the current folder is not meant by its bare name.
#[test]
fn a_name_that_is_not_on_the_path_is_no_program() {
    let tree = Tree::new();
    tree.compile("plain", "int main(void) { return 0; }\n", &[]);
    assert_eq!(tree.run(&["run", "plain"]).status.code(), Some(127));
    assert_eq!(tree.run(&["run", "./plain"]).status.code(), Some(0));
}

/// Its own function of that name is nobody else's, and the launcher's words are not those of an allocator.
#[test]
fn programs_that_only_look_like_having_an_allocator_run_without_a_word() {
    let tree = Tree::new();
    let source = "static int malloc(void) { return 7; }\nint main(void) { return malloc(); }\n";
    tree.compile("local", source, &["-fno-builtin"]);
    for words in [&["run", "./local"][..], &["run", "./starmalloc", "run", "./local"]] {
        let ended = tree.run(words);
        assert_eq!((ended.status.code(), stderr(&ended).as_str()), (Some(7), ""), "{words:?}");
    }
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
