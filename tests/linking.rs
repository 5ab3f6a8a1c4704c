//! Programs that are linked with the library instead of being run under it: with the shared object,
//! with the static archive, and without any shared object at all.
#![allow(clippy::panic, clippy::expect_used, reason = "helpers of tests fail by panicking")]

mod support;

use object::elf;
use std::ffi::OsString;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use support::{
    Child, Elf, archive, header_dir, is_substitute, library, musl_archive, programs_dir,
};
use tempfile::TempDir;

const SIGABRT: i32 = 6;

/// How a program comes to the library.
#[derive(Clone, Copy, Debug)]
enum Link {
    /// `-lstarmalloc`, and the shared object when it runs.
    Shared,
    /// The archive is in the program; libc is not.
    Archive,
    /// No shared object at all.
    Static,
    /// The same, at a random place.
    StaticPie,
    /// The archive is in the program; musl is not.
    Musl,
    /// Musl is as well.
    MuslStatic,
}

const IN_PROGRAM: [Link; 3] = [Link::Archive, Link::Static, Link::StaticPie];

impl Link {
    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Shared => &["-Wl,--push-state,--no-as-needed", "-lstarmalloc", "-Wl,--pop-state"],
            Self::Archive => &["-l:libstarmalloc.a"],
            Self::Static => &["-static", "-Wl,--eh-frame-hdr", "-lstarmalloc"],
            Self::StaticPie => &["-static-pie", "-lstarmalloc"],
            Self::Musl => &["-Wl,--eh-frame-hdr", "-l:libstarmalloc-musl.a"],
            Self::MuslStatic => &["-static", "-Wl,--eh-frame-hdr", "-l:libstarmalloc-musl.a"],
        }
    }

    const ALL: [Self; 6] =
        [Self::Shared, Self::Archive, Self::Static, Self::StaticPie, Self::Musl, Self::MuslStatic];

    /// Whether this machine can build programs so.
    fn is_possible(self) -> bool {
        match self {
            Self::Shared => !is_substitute(),
            Self::Musl | Self::MuslStatic => {
                support::tool("musl-gcc").is_some() && musl_archive().is_some()
            }
            _ => true,
        }
    }

    fn compiler(self, source: &str) -> &'static str {
        match self {
            Self::Musl | Self::MuslStatic => "musl-gcc",
            _ if source.ends_with(".cpp") => "c++",
            _ => "cc",
        }
    }
}

/// A folder with the library as it is installed, and room for programs.
struct Site(TempDir);

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir_in(support::target_tmp()).expect("a folder can be made");
        for name in ["libstarmalloc.so", "libstarmalloc.so.0"] {
            symlink(library(), folder.path().join(name)).expect("a link can be made");
        }
        symlink(archive(), folder.path().join("libstarmalloc.a")).expect("a link can be made");
        if let Some(archive) = musl_archive() {
            let link = folder.path().join("libstarmalloc-musl.a");
            symlink(archive, link).expect("a link can be made");
        }
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn try_build(&self, source: &str, link: Link, more: &[&str]) -> (PathBuf, Output) {
        let file = self.path().join("program");
        let output = Command::new(link.compiler(source))
            .args(["-O1", "-g", "-Wall", "-fno-builtin", "-pthread", "-D_GNU_SOURCE", "-I"])
            .arg(header_dir())
            .arg("-o")
            .arg(&file)
            .arg(programs_dir().join("linking").join(source))
            .arg("-L")
            .arg(self.path())
            .arg("-Wl,-u,malloc")
            .args(link.flags())
            .args(more)
            .output()
            .expect("a C and a C++ compiler are installed");
        (file, output)
    }

    /// The linker has nothing to say either.
    fn build(&self, source: &str, link: Link, more: &[&str]) -> PathBuf {
        let (file, output) = self.try_build(source, link, more);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && complaint.is_empty(), "{link:?}:\n{complaint}");
        file
    }

    fn child(&self, program: &Path) -> Child {
        Child::of(program).env("LD_LIBRARY_PATH", self.path())
    }
}

/// Runs `work.c`, then its double free, which nobody but this library reports so, and which must name the
/// program's function and none of the library's.
fn works(link: Link) -> PathBuf {
    let site = Site::new();
    let program = site.build("work.c", link, &[]);
    let outcome = site.child(&program).run_plain().expect_success();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(outcome.stdout, format!("version: {version}\n"), "{link:?}");
    let outcome = site.child(&program).arg("twice").run_plain();
    assert_eq!(outcome.signal, Some(SIGABRT), "{link:?}: {}", outcome.story());
    assert!(outcome.stderr.starts_with("starmalloc: fatal: double free"), "{}", outcome.story());
    let caller =
        outcome.stderr.split("called by program+").nth(1).and_then(|rest| rest.lines().next());
    let caller = caller.unwrap_or_else(|| panic!("{link:?} has no caller: {}", outcome.story()));
    let tool = support::tool("addr2line").expect("binutils are installed");
    let named = Child::of(tool).arg("-fe").arg(&program).arg(caller).run_plain().expect_success();
    assert!(named.stdout.starts_with("free_again\n"), "{link:?}: {}", named.stdout);
    let kept = support::target_tmp().join(format!("linked_{link:?}"));
    std::fs::rename(&program, &kept).expect("the program can be moved");
    kept
}

#[test]
fn a_c_program_runs_on_the_shared_library() {
    if is_substitute() {
        return;
    }
    let program = Elf::read(&works(Link::Shared));
    let needed = program.dynamic_text(elf::DT_NEEDED);
    assert!(needed.iter().any(|name| name == "libstarmalloc.so.0"), "{needed:?}");
}

#[test]
fn a_c_program_runs_on_the_archive() {
    let program = Elf::read(&works(Link::Archive));
    assert_eq!(program.dynamic_text(elf::DT_NEEDED), ["libc.so.6"]);
}

/// Constructors of shared objects run before those of the program, so their hooks around forks run while
/// locks are held.
#[test]
fn hooks_of_shared_objects_find_memory_in_the_program() {
    let early = support::Program::of("process_life/early_hooks.c").shared().build();
    let site = Site::new();
    let program = site.build("work.c", Link::Archive, &[]);
    let child = site.child(&program).companion(&early).env("FORK_AT_END", "1");
    child.run_plain().expect_success();
}

/// libc's heap is one object in its archive, and must stay there.
#[test]
fn a_static_program_has_one_heap() {
    for link in [Link::Static, Link::StaticPie] {
        let program = Elf::read(&works(link));
        let has_loader = program.segments().iter().any(|(kind, _)| *kind == elf::PT_INTERP);
        assert!(!has_loader, "{link:?}");
        let names = program.all_names();
        assert!(names.iter().all(|name| name != "_int_malloc"), "{link:?}");
        assert!(names.iter().any(|name| name == "starmalloc_version"), "{link:?}");
    }
}

#[test]
fn a_musl_program_runs_on_the_archive() {
    let (Some(_), Some(_)) = (support::tool("musl-gcc"), musl_archive()) else { return };
    let program = Elf::read(&works(Link::Musl));
    assert_eq!(program.dynamic_text(elf::DT_NEEDED), ["libc.so"]);
    let program = Elf::read(&works(Link::MuslStatic));
    assert!(program.segments().iter().all(|(kind, _)| *kind != elf::PT_INTERP));
}

/// libstdc++ finds the operators, and the operators find its new-handler.
#[test]
fn cxx_programs_run_on_all_of_them() {
    let version = env!("CARGO_PKG_VERSION");
    let expected = format!("1000 tables\nbad_alloc\nhandler\nbad_alloc\nversion: {version}\n");
    for link in [Link::Shared].into_iter().filter(|_| !is_substitute()).chain(IN_PROGRAM) {
        let site = Site::new();
        let program = site.build("operators.cpp", link, &[]);
        let outcome = site.child(&program).run_plain().expect_success();
        assert_eq!(outcome.stdout, expected, "{link:?}");
    }
}

/// What throws comes out of libstdc++'s archive only if somebody asks for it.
#[test]
fn a_static_cxx_program_asks_for_what_throws() {
    let site = Site::new();
    let flag = ["-Wl,-u,_ZSt17__throw_bad_allocv"];
    let program = site.build("one_operator.cpp", Link::Static, &flag);
    site.child(&program).run_plain().expect_success();
}

/// Two definitions in one program are refused, not mixed.
#[test]
fn operators_of_the_program_and_of_the_archive_do_not_mix() {
    let site = Site::new();
    let (_, output) = site.try_build("own_operator.cpp", Link::Archive, &[]);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && complaint.contains("multiple definition"), "{complaint}");
    if !is_substitute() {
        let program = site.build("own_operator.cpp", Link::Shared, &[]);
        site.child(&program).run_plain().expect_success();
    }
}

/// It is libc, or the C++ runtime, that allocates for it.
#[test]
fn a_program_that_names_no_function_of_ours_has_the_library() {
    for link in Link::ALL.into_iter().filter(|link| link.is_possible()) {
        let is_musl = matches!(link, Link::Musl | Link::MuslStatic);
        let sources = ["reads_a_line.c", "has_a_string.cpp"];
        for source in sources.into_iter().filter(|source| !is_musl || source.ends_with(".c")) {
            let site = Site::new();
            let program = site.build(source, link, &[]);
            let child = site.child(&program).env("STARMALLOC_OPTIONS", "verbose=on");
            let outcome = child.run_plain().expect_success();
            assert!(outcome.stderr.contains(" active, "), "{link:?} {source}: {}", outcome.story());
        }
    }
}

/// From the program and from the environment.
#[test]
fn options_are_found_in_every_kind_of_program() {
    for link in Link::ALL.into_iter().filter(|link| link.is_possible()) {
        let site = Site::new();
        let program = site.build("options.c", link, &[]);
        let outcome = site.child(&program).run_plain().expect_success();
        assert!(outcome.stderr.contains("level strong"), "{link:?}: {}", outcome.story());
        let child = site.child(&program).env("STARMALLOC_OPTIONS", "level=light");
        let outcome = child.run_plain().expect_success();
        assert!(outcome.stderr.contains("level light"), "{link:?}: {}", outcome.story());
    }
}

const RUST_SOURCE: &str = "global_allocator.rs";

#[test]
fn the_documented_snippet_is_the_tested_one() {
    let file = programs_dir().join("linking").join(RUST_SOURCE);
    let source = std::fs::read_to_string(file).expect("the program can be read");
    let from = source.find("use std::alloc").expect("the snippet begins so");
    let end = source.find("\n// End of the snippet.").expect("the snippet ends so");
    let document = include_str!("../docs/packaging.md");
    assert!(document.contains(&format!("```rust\n{}```\n", &source[from..end])));
}

/// The documented snippet, with the shared object and with the archive.
#[test]
fn a_rust_program_runs_on_the_c_interface() {
    let kinds = if is_substitute() { &["static"][..] } else { &["dylib", "static"] };
    for kind in kinds {
        let site = Site::new();
        let program = site.path().join("program");
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
        let output = Command::new(rustc)
            .args(["--edition", "2024", "-O", "-D", "warnings", "-o"])
            .arg(&program)
            .arg(programs_dir().join("linking").join(RUST_SOURCE))
            .arg("-L")
            .arg(site.path())
            .args(["-l", &format!("{kind}=starmalloc")])
            .output()
            .expect("rustc can be run");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{kind}:\n{complaint}");
        let outcome = site.child(&program).run_plain().expect_success();
        assert_eq!(outcome.stdout, "166167000 in 1000\n", "{kind}");
        let outcome = site.child(&program).arg("wrong").run_plain();
        assert_eq!(outcome.signal, Some(SIGABRT), "{kind}: {}", outcome.story());
        assert!(outcome.stderr.contains("size mismatch in free_sized"), "{}", outcome.story());
        let needed = Elf::read(&program).dynamic_text(elf::DT_NEEDED);
        let is_shared = needed.iter().any(|name| name == "libstarmalloc.so.0");
        assert_eq!(is_shared, *kind == "dylib", "{needed:?}");
    }
}
