//! Every block of commands in the documents is run: here as it stands, or, where it takes long or changes
//! the machine, by a script or a test that is named here.

use crate::tree::Tree;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// How a block of commands is known to work.
#[derive(Clone, Copy)]
enum Proof {
    /// It is run, with `./program` and `./server` made from this source, and prints these texts.
    Runs(&'static str, &'static [&'static str]),
    /// These files contain these texts.
    In(&'static [(&'static str, &'static str)]),
}
use Proof::{In, Runs};

/// Needs some memory, and a moment.
const WORKS: &str = "\
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
char *volatile block;
int main(void) {
    for (int i = 0; i < 20000; i++) {
        block = malloc(500);
        memset(block, 1, 500);
    }
    sleep(4);
    return 0;
}
";
/// Is at fault.
const FREES_TWICE: &str = "\
#include <stdlib.h>
char *volatile block;
int main(void) {
    block = malloc(40);
    free(block);
    free(block);
    return 0;
}
";

/// Which document, how the block begins, and how it is known to work.
const BLOCKS: &[(&str, &str, Proof)] = &[
    (
        "README.md",
        "cargo build --release && ",
        In(&[(".ci/run", "cargo build --release\ntarget/release/starmalloc run ")]),
    ),
    ("README.md", "LD_PRELOAD=", Runs(WORKS, &["hello"])),
    (
        "README.md",
        "target/release/starmalloc run grep",
        Runs(WORKS, &["/libstarmalloc.so", "page size"]),
    ),
    ("README.md", "STARMALLOC_OPTIONS=", Runs(WORKS, &["level strong", "hello"])),
    (
        "README.md",
        "target/release/starmalloc run --stats",
        Runs(WORKS, &["small_live", "COMMITTED", "    512 "]),
    ),
    ("README.md", "cargo test", In(&[(".ci/run", "\ncargo test --workspace\n")])),
    (
        "docs/launcher.md",
        "starmalloc run python3",
        Runs(WORKS, &["hello\n", "level strong", "small_live"]),
    ),
    ("docs/launcher.md", "starmalloc check", Runs(WORKS, &["page size", "\": "])),
    (
        "docs/launcher.md",
        "starmalloc status",
        Runs(WORKS, &["VERSION", "this shell does not use it"]),
    ),
    (
        "docs/launcher.md",
        "starmalloc run --option share_stats",
        Runs(WORKS, &["(server)", "COMMITTED"]),
    ),
    ("docs/launcher.md", "starmalloc run --option profile", Runs(WORKS, &["main"])),
    (
        "docs/launcher.md",
        "starmalloc run -o profile",
        Runs(WORKS, &["inuse_space", "sqlite3_step"]),
    ),
    (
        "docs/launcher.md",
        "starmalloc run ./program 2>errors.txt",
        Runs(FREES_TWICE, &["double free of 0x", "program.c:6"]),
    ),
    ("docs/launcher.md", "starmalloc completions", Runs(WORKS, &[])),
    ("docs/options.md", "STARMALLOC_OPTIONS=", Runs(WORKS, &["level strong"])),
    ("docs/design.md", "gdb -batch", Runs(WORKS, &["0\n"])),
    (
        "docs/packaging.md",
        "cargo build --release",
        In(&[
            (".ci/package", "LIBDIR=/usr/lib/$multiarch packaging/install"),
            (
                "packaging/install",
                "cargo rustc --release --lib --package starmalloc --crate-type staticlib",
            ),
        ]),
    ),
    (
        "docs/packaging.md",
        "DESTDIR=",
        In(&[(".ci/package", "LIBDIR=/usr/lib/$multiarch packaging/install")]),
    ),
    ("docs/packaging.md", ".ci/package", In(&[(".ci/run", "\n.ci/package\n")])),
    (
        "docs/packaging.md",
        "cc program.c",
        In(&[
            (".ci/package", "pkg-config --cflags --libs starmalloc"),
            (".ci/package", "pkg-config --static --cflags --libs starmalloc"),
            ("tests/linking.rs", "-l:libstarmalloc.a"),
        ]),
    ),
    (
        "docs/packaging.md",
        "cargo rustc",
        In(&[(
            "packaging/install",
            "cargo rustc --release --lib --package starmalloc --crate-type staticlib",
        )]),
    ),
    (
        "docs/packaging.md",
        "rustup target add",
        In(&[
            (".ci/run", "rustup target add"),
            ("tests/support/musl.rs", "force-unwind-tables=yes"),
            ("tests/linking.rs", "musl-gcc"),
        ]),
    ),
    (
        "docs/programs.md",
        "cargo run -p starmalloc-benches",
        In(&[(".ci/run", "cargo run -p starmalloc-benches -- run ")]),
    ),
    (
        "docs/benchmarks.md",
        "cargo run -p starmalloc-benches",
        In(&[(".ci/run", "cargo run -p starmalloc-benches -- run ")]),
    ),
    (
        "docs/benchmarks.md",
        "mkdir",
        In(&[
            ("tests/mutations/main.rs", "STARMALLOC_MUTATE_KEEP"),
            (".ci/run", "cargo run -p starmalloc-benches -- instructions --peers none "),
        ]),
    ),
    (
        "docs/contributing.md",
        "cargo build --release",
        In(&[(".ci/run", "cargo build --release\n"), (".ci/run", "cargo test --workspace\n")]),
    ),
    (
        "docs/porting.md",
        "export STARMALLOC_TEST_MACHINE",
        In(&[
            (".ci/aarch64", "export STARMALLOC_TEST_RUNNER=\"qemu-aarch64 -R 0x400000000 -p "),
            (".ci/run", "    .ci/aarch64\n"),
        ]),
    ),
    (
        "docs/security.md",
        "STARMALLOC_COMPARE=1",
        In(&[(".ci/run", "STARMALLOC_COMPARE=1 cargo test --test faults compare -- --nocapture")]),
    ),
    (
        "docs/security.md",
        "STARMALLOC_LEVELS=1",
        In(&[(
            ".ci/run",
            "STARMALLOC_LEVELS=1 cargo test --test faults levels::table -- --nocapture",
        )]),
    ),
    (
        "docs/security.md",
        "STARMALLOC_MUTATE=all",
        In(&[(".ci/run", "STARMALLOC_MUTATE=all cargo test --test mutations -- --nocapture")]),
    ),
    ("docs/security.md", ".ci/valid 20", In(&[(".ci/run", "    .ci/valid 20\n")])),
    ("benches/README.md", "apt-get install", In(&[(".ci/run", "install --no-install-recommends")])),
    (
        "benches/README.md",
        "cargo build --release",
        In(&[(".ci/run", "cargo run -p starmalloc-benches -- run ")]),
    ),
    (
        "benches/README.md",
        "cargo run -p starmalloc-benches -- run --peers none",
        In(&[(".ci/run", "cargo run -p starmalloc-benches -- run --quick --peers none ")]),
    ),
    (
        "benches/README.md",
        "cargo run -p starmalloc-benches -- instructions",
        In(&[(".ci/run", "cargo run -p starmalloc-benches -- instructions ")]),
    ),
];

/// The project's root.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn documents() -> Vec<String> {
    let mut names = vec!["README.md".to_owned(), "benches/README.md".to_owned()];
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".md") {
            names.push(format!("docs/{name}"));
        }
    }
    names
}

/// The blocks of commands of a document, prompts left out.
fn blocks_of(document: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(document)).unwrap();
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else { continue };
        let inside = lines.by_ref().take_while(|line| *line != "```");
        let block: String =
            inside.map(|line| format!("{}\n", line.strip_prefix("$ ").unwrap_or(line))).collect();
        if ["sh", "console", "bash"].contains(&language) {
            blocks.push(block);
        }
    }
    blocks
}

/// A folder with the launcher and the library where the documents say that they are.
fn folder(source: &str) -> Tree {
    let tree = Tree::new();
    fs::create_dir(tree.0.path().join("tmp")).unwrap();
    fs::create_dir(tree.0.path().join("target")).unwrap();
    std::os::unix::fs::symlink("..", tree.0.path().join("target/release")).unwrap();
    for name in ["program", "server"] {
        tree.compile(name, source, &[]);
    }
    tree
}

/// Runs a block with a shell, and ends what it left running. What it printed.
fn run(block: &str, source: &str) -> String {
    let folder = folder(source);
    let here = folder.0.path().to_str().unwrap();
    let printed = folder.0.path().join("printed");
    let output = fs::File::create(&printed).unwrap();
    let mut shell = Command::new("timeout")
        .args(["--foreground", "-s", "KILL", "120", "sh", "-uc"])
        .arg(block.replace("/tmp/", &format!("{here}/tmp/")))
        .current_dir(folder.0.path())
        .env("PATH", format!("{here}:{}", std::env::var("PATH").unwrap()))
        .env_remove("LD_PRELOAD")
        .env_remove("STARMALLOC_OPTIONS")
        .stdout(output.try_clone().unwrap())
        .stderr(output)
        .process_group(0)
        .spawn()
        .unwrap();
    shell.wait().unwrap();
    let group = rustix::process::Pid::from_child(&shell);
    let _ = rustix::process::kill_process_group(group, rustix::process::Signal::TERM);
    std::thread::sleep(std::time::Duration::from_millis(500));
    let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    String::from_utf8_lossy(&fs::read(printed).unwrap()).into_owned()
}

#[test]
fn every_block_of_commands_is_run_by_somebody() {
    let mut used = vec![false; BLOCKS.len()];
    for document in documents() {
        for block in blocks_of(&document) {
            let row = BLOCKS.iter().zip(&mut used).find(|((name, start, _), used)| {
                *name == document && block.starts_with(start) && !**used
            });
            let (_, used) = row.unwrap_or_else(|| panic!("{document}: nobody runs\n{block}"));
            *used = true;
        }
    }
    for ((document, start, proof), used) in BLOCKS.iter().zip(used) {
        assert!(used, "{document} has no block that starts with {start:?}");
        for (file, text) in if let In(places) = proof { *places } else { &[] } {
            let content = fs::read_to_string(root().join(file)).unwrap();
            assert!(content.contains(text), "{document}: {file} has no {text:?}");
        }
    }
}

#[test]
fn blocks_of_commands_do_what_the_documents_say() {
    // Side by side: most of the time is spent waiting for programs that sleep.
    std::thread::scope(|scope| {
        for (document, start, proof) in BLOCKS {
            if let Runs(source, says) = proof {
                scope.spawn(|| check(document, start, source, says));
            }
        }
    });
}

fn check(document: &str, start: &str, source: &str, says: &[&str]) {
    let blocks = blocks_of(document);
    let block = blocks.iter().find(|block| block.starts_with(start)).unwrap();
    let printed = run(block, source);
    for text in says {
        assert!(
            printed.contains(text),
            "{document}: no {text:?} in what is printed by\n{block}\n{printed}"
        );
    }
    for complaint in ["not found", "cannot be preloaded", "unexpected argument"] {
        assert!(!printed.contains(complaint), "{document}: {block}\n{printed}");
    }
}
