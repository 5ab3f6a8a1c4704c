//! The rules of the module tree that no compiler checks: each module names only what is
//! below it, and unsafe code, libc and exports each have their places.
#![allow(clippy::panic, clippy::expect_used, reason = "helpers of tests fail by panicking")]

mod support;

use std::path::Path;
use support::{SourceFile, code_only, names_after, sources};

/// The modules from the lowest to the highest; those of one row are blind to each other.
const LAYERS: [&[&str]; 10] = [
    &["base"],
    &["platform"],
    &["report", "options"],
    &["geometry"],
    &["region"],
    &["slot"],
    &["central"],
    &["cache", "large", "sample"],
    &["heap"],
    &["abi"],
];

/// Modules that do not name one below them either, and why.
const BLIND: [(&str, &str, &str); 6] = [
    ("base", "platform", "values are tested on any host"),
    ("options", "platform", "settings are tested on any host"),
    ("geometry", "platform", "arithmetic is tested on any host"),
    ("slot", "platform", "states are tested on any host"),
    ("geometry", "report", "arithmetic has answers, not faults"),
    ("large", "central", "large allocations know nothing of slabs"),
];

/// Modules that may contain unsafe code.
const UNSAFE_MODULES: [&str; 3] = ["platform", "region", "abi"];

/// Single files elsewhere that may, and why.
const UNSAFE_FILES: [(&str, &str); 1] =
    [("base/sync/threads/words.rs", "tests only: requests to Valgrind")];

fn level(module: &str) -> Option<usize> {
    LAYERS.iter().position(|row| row.contains(&module))
}

/// The words of `code` that could be identifiers.
fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// What `file` names against the order of the layers.
fn upward_names(file: &SourceFile) -> Vec<String> {
    let module = file.module();
    let path = file.path.display();
    if module == "lib" {
        return Vec::new();
    }
    let Some(own) = level(&module) else {
        return vec![format!("{path}: the module {module} has no layer")];
    };
    let mut found = Vec::new();
    for used in names_after(&file.code, "crate::") {
        let is_blind = BLIND.iter().any(|(from, to, _)| *from == module && *to == used);
        match level(&used) {
            _ if used == module => {}
            None => found.push(format!("{path} names crate::{used}, which has no layer")),
            Some(other) if other >= own => {
                found.push(format!("{path} names {used}, which is not below {module}"));
            }
            Some(_) if is_blind => found.push(format!("{path} names {used}")),
            Some(_) => {}
        }
    }
    found.sort();
    found.dedup();
    found
}

fn may_be_unsafe(file: &SourceFile) -> bool {
    let is_listed = UNSAFE_FILES.iter().any(|(path, _)| file.path == Path::new(path));
    is_listed || UNSAFE_MODULES.contains(&file.module().as_str())
}

#[track_caller]
fn nothing(found: &[String]) {
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn modules_name_only_what_is_below_them() {
    nothing(&sources().iter().flat_map(upward_names).collect::<Vec<_>>());
}

#[test]
fn every_layer_is_there() {
    let present: Vec<String> = sources().iter().map(SourceFile::module).collect();
    let absent =
        LAYERS.iter().flat_map(|row| row.iter()).filter(|m| !present.contains(&m.to_string()));
    nothing(&absent.map(|module| format!("{module} is not there")).collect::<Vec<_>>());
}

#[test]
fn unsafe_code_is_where_it_may_be() {
    let files = sources().into_iter().filter(|file| !may_be_unsafe(file));
    let files = files.filter(|file| words(&file.code).any(|word| word == "unsafe"));
    nothing(&files.map(|file| format!("{} is unsafe", file.path.display())).collect::<Vec<_>>());
}

#[test]
fn the_list_of_unsafe_files_is_current() {
    for (path, reason) in UNSAFE_FILES {
        let file = sources().into_iter().find(|file| file.path == Path::new(path));
        let is_unsafe = file.is_some_and(|file| words(&file.code).any(|word| word == "unsafe"));
        assert!(is_unsafe, "{path} is listed ({reason}) and not unsafe");
    }
}

#[test]
fn only_platform_names_libc() {
    let files = sources().into_iter().filter(|file| file.module() != "platform");
    let files = files.filter(|file| words(&file.code).any(|word| word == "libc"));
    nothing(&files.map(|file| format!("{} names libc", file.path.display())).collect::<Vec<_>>());
}

#[test]
fn only_abi_exports() {
    let exporting = ["no_mangle", "export_name"];
    let files = sources().into_iter().filter(|file| file.module() != "abi");
    let files = files.filter(|file| words(&file.code).any(|word| exporting.contains(&word)));
    nothing(&files.map(|file| format!("{} exports", file.path.display())).collect::<Vec<_>>());
}

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.into(), code: code_only(text) }
}

#[test]
fn the_rules_know_a_breach_when_they_see_one() {
    for (path, text) in [
        ("slot/mod.rs", "use crate::heap::Heap;"),
        ("slot/mod.rs", "use crate::{base::Addr, central::Record};"),
        ("slot/mod.rs", "fn f() { crate::platform::abort() }"),
        ("cache/mod.rs", "use crate::large::Tree;"),
        ("large/tree.rs", "use crate::cache::Cache;"),
        ("base/addr.rs", "use crate::unheard_of::Thing;"),
        ("unheard_of/mod.rs", ""),
    ] {
        assert!(!upward_names(&file(path, text)).is_empty(), "{path}: {text}");
    }
    for (path, text) in [
        ("slot/mod.rs", "use crate::{base::Addr, slot::State};"),
        ("slot/mod.rs", "// crate::heap is above\nconst A: &str = \"crate::heap\";"),
        ("heap/mod.rs", "use crate::cache::Cache; use crate::large::Tree;"),
        ("lib.rs", "use crate::abi;"),
    ] {
        assert_eq!(upward_names(&file(path, text)), Vec::<String>::new(), "{path}: {text}");
    }
    assert!(words(&code_only("unsafe { f() }")).any(|word| word == "unsafe"));
    assert!(!words(&code_only("#![forbid(unsafe_code)] // unsafe")).any(|word| word == "unsafe"));
}

#[test]
fn comments_and_strings_are_not_code() {
    let text = "a /* unsafe /* x */ */ b // unsafe\n\"unsafe \\\" q\" 'u' r#\"unsafe\"# <'a> c";
    let code: Vec<String> = code_only(text).split_whitespace().map(str::to_owned).collect();
    assert_eq!(code, ["a", "b", "<'a>", "c"]);
}

#[test]
fn groups_name_each_of_their_branches() {
    let code = "use crate::{base::{Addr, Size}, slot::State}; crate::report::die()";
    assert_eq!(names_after(code, "crate::"), ["base", "slot", "report"]);
}
