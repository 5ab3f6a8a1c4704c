//! Where options come from, and which word counts: what the library was built with, then the program,
//! then the environment; none of them in a privileged program.

use crate::misuse::built;
use crate::support::{Child, Outcome, Program, library, target_tmp};
use std::os::unix::fs::{PermissionsExt, chown};
use std::process::Command;

/// A program that asks for `verbose=1,level=strong`, and for something that there is not.
const PROGRAM: &str = "options_of_its_own.c";

fn run(options: &str) -> Outcome {
    Child::of(built(PROGRAM)).env("STARMALLOC_OPTIONS", options).run_preloaded().expect_success()
}

#[track_caller]
fn is_at_level(outcome: &Outcome, level: &str) {
    let wanted = format!(" active, level {level}, ");
    assert!(outcome.stderr.contains(&wanted), "{level}: {}", outcome.story());
}

#[test]
fn a_program_may_bring_options() {
    let outcome = run("");
    is_at_level(&outcome, "strong");
    let warning = "starmalloc: warning: starmalloc_default_options: unknown option 'no_such_thing'";
    assert!(outcome.stderr.contains(warning), "{}", outcome.story());
}

#[test]
fn the_environment_has_the_last_word() {
    is_at_level(&run("level=light"), "light");
    assert!(!run("verbose=0").stderr.contains("active"));
}

/// The linker exports what a library that is linked refers to.
#[test]
fn a_program_that_is_linked_with_the_library_need_not_export() {
    let directory = library().parent().expect("a file is in a directory").display().to_string();
    let link = target_tmp().join("linked");
    std::fs::create_dir_all(&link).expect("a directory can be made");
    let name = link.join("libstarmalloc.so.0");
    let _ = std::fs::remove_file(&name);
    std::os::unix::fs::symlink(library(), &name).expect("a link can be made");
    let program = Program::of("faults/options_of_its_own.c")
        .named("linked_options")
        .flag(&format!("-L{directory}"))
        .flag("-lstarmalloc")
        .flag(&format!("-Wl,-rpath,{}", link.display()));
    is_at_level(&Child::of(program.build()).run_plain().expect_success(), "strong");
}

/// A library with options built in, which anything said later changes.
#[test]
fn options_can_be_built_in() {
    let target = target_tmp().join("built_in");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--release", "--lib", "--package", "starmalloc", "--target-dir"])
        .arg(&target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("STARMALLOC_DEFAULT_OPTIONS", "verbose=1,level=light,blue=1")
        .output()
        .expect("cargo can be run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let library = target.join("release").join("libstarmalloc.so");
    let run = |program: &str, options| {
        let child = Child::of(built(program)).arg("40").companion(&library);
        child.env("STARMALLOC_OPTIONS", options).run_plain().expect_success()
    };
    let outcome = run("read_after_free.c", "");
    is_at_level(&outcome, "light");
    let warning = "starmalloc: warning: built-in options: unknown option 'blue'";
    assert!(outcome.stderr.contains(warning), "{}", outcome.story());
    is_at_level(&run("read_after_free.c", "level=default"), "default");
    is_at_level(&run(PROGRAM, ""), "strong");
}

/// Linked with the library, because a privileged program preloads nothing.
#[test]
fn a_privileged_program_goes_without() {
    const NOBODY: u32 = 65_534;
    let directory = tempfile::tempdir().expect("a directory can be made");
    let at = directory.path();
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(at, open).expect("a directory can be opened");
    std::fs::copy(library(), at.join("libstarmalloc.so.0")).expect("the library can be copied");
    let built = Program::of("faults/options_of_its_own.c")
        .named(&format!("privileged_{}", std::process::id()))
        .flag(&format!("-L{}", at.display()))
        .flag("-l:libstarmalloc.so.0")
        .flag(&format!("-Wl,-rpath,{}", at.display()))
        .build();
    let program = at.join("privileged");
    std::fs::copy(&built, &program).expect("a program can be copied");
    // It has the directory's name in it, and is of no use to a later run.
    std::fs::remove_file(&built).expect("a file of ours can be removed");
    if chown(&program, Some(NOBODY), None).is_err() {
        eprintln!("skipped: only root can make a program privileged");
        return;
    }
    let raised = std::fs::Permissions::from_mode(0o4755);
    std::fs::set_permissions(&program, raised).expect("its owner may run it for others");
    let child = Child::of(&program).env("STARMALLOC_OPTIONS", "verbose=1,level=light");
    let outcome = child.run_plain().expect_success();
    if outcome.stdout.contains("secure 0") {
        eprintln!("skipped: the system raises no privileges here");
        return;
    }
    assert!(outcome.stdout.contains("secure 1"), "{}", outcome.story());
    assert_eq!(outcome.stderr, "", "{}", outcome.story());
}
