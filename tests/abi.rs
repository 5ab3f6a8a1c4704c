//! The shared object as an artefact: what it exports, needs and imports, how it is
//! linked, what its header promises, and what its hottest code consists of.
#![allow(clippy::panic, clippy::expect_used, reason = "helpers of tests fail by panicking")]

mod support;

use object::elf;
use std::collections::BTreeSet;
use std::process::Command;
use support::{Elf, Program, code_only, file_tool, header_dir, library};

fn ours() -> Elf {
    Elf::read(library())
}

/// What the header declares for programs to define.
const THEIRS: [&str; 1] = ["starmalloc_default_options"];

/// The names of ours that the public header declares.
fn header_names() -> Vec<String> {
    let file = header_dir().join("starmalloc.h");
    let text = std::fs::read_to_string(&file).expect("include/starmalloc.h can be read");
    let code = code_only(&without_directives(&text));
    let mut names: Vec<String> = Vec::new();
    for (at, _) in code.match_indices("starmalloc_") {
        let name: String =
            code[at..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let follows = code[at + name.len()..].trim_start();
        let begins_there = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let is_ours = !THEIRS.contains(&name.as_str());
        if begins_there && is_ours && follows.starts_with(['(', ';']) {
            names.push(name);
        }
    }
    names.sort();
    names.dedup();
    names
}

fn without_directives(text: &str) -> String {
    let mut kept = String::new();
    let mut continues = false;
    for line in text.lines() {
        if !continues && !line.trim_start().starts_with('#') {
            kept.push_str(line);
            kept.push('\n');
        } else {
            continues = line.ends_with('\\');
        }
    }
    kept
}

#[test]
fn exports_are_exactly_the_listed_ones() {
    let list = include_str!("abi/exports.txt");
    let listed = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let expected: BTreeSet<String> = listed.map(str::to_owned).chain(header_names()).collect();
    let actual: BTreeSet<String> = ours().exports().into_iter().collect();
    let missing: Vec<&String> = expected.difference(&actual).collect();
    let unlisted: Vec<&String> = actual.difference(&expected).collect();
    assert!(
        missing.is_empty() && unlisted.is_empty(),
        "missing {missing:?}, unlisted {unlisted:?}"
    );
}

#[test]
fn the_manual_page_knows_every_name_of_the_header() {
    let page = include_str!("../packaging/starmalloc.3");
    let names = header_names().into_iter().chain(THEIRS.map(str::to_owned));
    let missing: Vec<String> = names.filter(|name| !page.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn it_is_named_and_needs_nothing_but_libc() {
    let object = ours();
    assert_eq!(object.dynamic_text(elf::DT_SONAME), ["libstarmalloc.so.0"]);
    let mut needed = object.dynamic_text(elf::DT_NEEDED);
    // The dynamic linker is part of libc, and there in any case.
    needed.retain(|name| !name.starts_with("ld-linux"));
    assert_eq!(needed, ["libc.so.6"]);
    assert!(object.dynamic_text(elf::DT_RUNPATH).is_empty());
    assert!(object.dynamic_text(elf::DT_RPATH).is_empty());
}

#[test]
fn it_imports_no_allocator_and_no_dynamic_tls() {
    let forbidden = [
        "malloc",
        "calloc",
        "realloc",
        "free",
        "aligned_alloc",
        "memalign",
        "posix_memalign",
        "reallocarray",
        "malloc_usable_size",
        "__tls_get_addr",
        "strdup",
        "printf",
        "fprintf",
        "snprintf",
        "_Unwind_Resume",
    ];
    let imports = ours().imports();
    let found: Vec<&String> = imports.iter().filter(|i| forbidden.contains(&i.as_str())).collect();
    assert!(found.is_empty(), "imports {found:?}");
    // The reader of imports does find what is there.
    assert!(imports.iter().any(|name| name == "dlsym"), "{imports:?}");
}

#[test]
fn its_thread_local_storage_is_initial_exec() {
    let (machine, kinds) = ours().relocations();
    let dynamic: &[u32] = match machine {
        elf::EM_X86_64 => &[elf::R_X86_64_DTPMOD64, elf::R_X86_64_DTPOFF64, elf::R_X86_64_TLSDESC],
        elf::EM_AARCH64 => {
            &[elf::R_AARCH64_TLS_DTPMOD, elf::R_AARCH64_TLS_DTPREL, elf::R_AARCH64_TLSDESC]
        }
        other => panic!("machine {other} is not known to this test"),
    };
    let found: Vec<&u32> = kinds.iter().filter(|kind| dynamic.contains(kind)).collect();
    assert!(found.is_empty(), "relocations for dynamic thread-local storage: {found:?}");
    let has_storage = ours().segments().iter().any(|(kind, _)| *kind == elf::PT_TLS);
    assert!(has_storage, "each thread's cache is found through a thread-local word");
}

#[test]
fn it_is_linked_hardened() {
    let object = ours();
    let segments = object.segments();
    let has = |kind| segments.iter().any(|(found, _)| *found == kind);
    assert!(has(elf::PT_GNU_RELRO), "no read-only relocations");
    let stacks: Vec<u32> =
        segments.iter().filter(|(kind, _)| *kind == elf::PT_GNU_STACK).map(|s| s.1).collect();
    assert_eq!(stacks.len(), 1, "the stack's protection is not stated");
    assert_eq!(stacks[0] & elf::PF_X, 0, "the stack is executable");
    let both = elf::PF_W | elf::PF_X;
    assert!(segments.iter().all(|(_, flags)| flags & both != both), "writable code");
    let flags = object.dynamic(elf::DT_FLAGS);
    let flags_1 = object.dynamic(elf::DT_FLAGS_1);
    let binds_now = flags.iter().any(|f| f & u64::from(elf::DF_BIND_NOW) != 0)
        || flags_1.iter().any(|f| f & u64::from(elf::DF_1_NOW) != 0);
    assert!(binds_now, "symbols are bound lazily");
    assert!(object.dynamic(elf::DT_TEXTREL).is_empty(), "relocations in code");
}

#[test]
fn it_has_no_panic_machinery() {
    let names = ours().all_names();
    assert!(names.iter().any(|name| name == "malloc"), "the symbol table was stripped");
    let found: Vec<&String> = names.iter().filter(|name| name.contains("panicking")).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn the_header_is_plain_c99_and_cxx() {
    let strict = "-Wall -Wextra -Werror -Wstrict-prototypes -pedantic-errors";
    for (compiler, language, standard) in
        [("cc", "c", "-std=c99"), ("cc", "c", "-std=c17"), ("c++", "c++", "-std=c++11")]
    {
        let source = target_file(
            "header_check",
            language,
            "#include <starmalloc.h>\n#include <starmalloc.h>\n",
        );
        let strict = strict.split(' ').filter(|f| language == "c" || !f.contains("prototypes"));
        let output = Command::new(compiler)
            .args(["-x", language, standard, "-fsyntax-only"])
            .args(strict)
            .arg("-I")
            .arg(header_dir())
            .arg(&source)
            .output()
            .expect("a C and a C++ compiler are installed");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{standard}:\n{complaint}");
    }
}

fn target_file(name: &str, extension: &str, text: &str) -> std::path::PathBuf {
    let extension = extension.replace('+', "x");
    let file = support::target_tmp().join(format!("{name}.{extension}"));
    std::fs::write(&file, text).expect("the target directory can be written");
    file
}

/// A function's instructions as objdump prints them, without addresses.
fn disassembly(object: &Elf, (start, size): (u64, u64)) -> Option<Vec<String>> {
    let output = Command::new(file_tool("objdump")?)
        .args(["--disassemble", "--no-show-raw-insn"])
        .arg(format!("--start-address={start:#x}"))
        .arg(format!("--stop-address={:#x}", start + size))
        .arg(object.path())
        .output()
        .expect("objdump can be run");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let instructions = text.lines().filter_map(|line| line.split_once(":\t"));
    Some(instructions.map(|(_, code)| code.trim().to_owned()).collect())
}

/// The body of an exported function, or of the one it does nothing but jump to.
fn hot_body(object: &Elf, name: &str) -> Option<Vec<String>> {
    let place = object.function(name).unwrap_or_else(|| panic!("{name} is no function"));
    let body = disassembly(object, place)?;
    assert!(!body.is_empty(), "{name} has no code");
    let real: Vec<&String> = body.iter().filter(|line| !line.starts_with("endbr")).collect();
    if let [only] = real[..]
        && let Some(target) = only.split_whitespace().nth(1)
        && let Ok(address) = u64::from_str_radix(target, 16)
        && let Some(place) = object.function_at(address)
    {
        return disassembly(object, place);
    }
    Some(body)
}

/// Whether an instruction locks the bus or swaps with memory.
fn is_atomic_update(instruction: &str) -> bool {
    let mut words = instruction.split_whitespace();
    let mnemonic = words.next().unwrap_or_default();
    let operands = instruction.split_once(' ').map_or("", |(_, rest)| rest);
    match mnemonic {
        "lock" | "xacquire" | "xrelease" => true,
        "xchg" | "xchgb" | "xchgw" | "xchgl" | "xchgq" => operands.contains('('),
        // The same on aarch64: exclusive pairs, the large-system extension, and functions that choose
        // between the two.
        "b" | "bl" => operands.contains("<__aarch64_"),
        _ => ["ldxr", "ldaxr", "stxr", "stlxr", "cas", "swp", "ldadd", "ldset", "ldclr", "ldeor"]
            .iter()
            .any(|start| mnemonic.starts_with(start)),
    }
}

#[test]
fn malloc_and_free_take_no_lock_on_their_hot_path() {
    let object = ours();
    for name in ["malloc", "free"] {
        let Some(body) = hot_body(&object, name) else { return };
        let found: Vec<&String> = body.iter().filter(|line| is_atomic_update(line)).collect();
        assert!(found.is_empty(), "{name} has {found:?}");
    }
}

#[test]
fn malloc_and_free_reach_their_cache_without_a_call() {
    let object = ours();
    for name in ["malloc", "free"] {
        let Some(body) = hot_body(&object, name) else { return };
        let first_call =
            body.iter().position(|line| line.starts_with("call") || line.starts_with("bl "));
        let is_load = |line: &String| line.contains("%fs:") || line.contains("tpidr_el0");
        let load = body.iter().position(is_load);
        let is_first = load.is_some_and(|load| first_call.is_none_or(|call| load < call));
        assert!(is_first, "{name} calls before it has looked at its thread's word:\n{body:#?}");
    }
}

#[test]
fn the_disassembler_test_knows_a_lock_when_it_sees_one() {
    let source = Program::of("abi/locks.c").shared().build();
    let object = Elf::read(&source);
    let Some(body) = hot_body(&object, "with_a_lock") else { return };
    assert!(body.iter().any(|line| is_atomic_update(line)), "{body:?}");
    let Some(body) = hot_body(&object, "with_a_swap") else { return };
    assert!(body.iter().any(|line| is_atomic_update(line)), "{body:?}");
    let Some(body) = hot_body(&object, "with_neither") else { return };
    assert!(!body.iter().any(|line| is_atomic_update(line)), "{body:?}");
    let Some(body) = hot_body(&object, "jumps_to_a_lock") else { return };
    assert!(body.iter().any(|line| is_atomic_update(line)), "{body:?}");
}
