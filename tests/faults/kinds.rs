//! The closed list of faults: each kind has a first line that the document states, an entry in the
//! document, and a test that commits it.

use crate::misuse::{Misuse, built};
use crate::support::Child;
use std::path::Path;

/// Each kind, its first line as the document has it, and the file with the test that sees it.
const KINDS: [(&str, &str, &str); 25] = [
    ("Freed", "double free of ADDRESS", "double_free"),
    ("Freed", "FUNCTION of freed memory at ADDRESS", "freed"),
    ("Interior", "invalid FUNCTION of ADDRESS (inside an allocation)", "invalid"),
    ("Unaligned", "invalid FUNCTION of ADDRESS (not aligned)", "invalid"),
    ("NeverAllocated", "invalid FUNCTION of ADDRESS (never allocated)", "kinds"),
    ("ZeroSize", "invalid FUNCTION of ADDRESS (not an allocation of size zero)", "zero_size"),
    ("Foreign", "invalid FUNCTION of ADDRESS (not from this allocator)", "invalid"),
    ("Wild", "invalid FUNCTION of ADDRESS (not a valid address)", "invalid"),
    ("CanaryOverwritten", "overflow, canary overwritten behind ADDRESS", "overflow"),
    ("SlackOverwritten", "overflow past the requested size of ADDRESS", "overflow"),
    ("Underflow", "underflow, canary overwritten before ADDRESS", "underflow"),
    ("WriteAfterFree", "write after free to ADDRESS", "after_free"),
    ("UnusedWritten", "write to unused memory at ADDRESS", "unused"),
    ("SizeMismatch", "size mismatch in FUNCTION of ADDRESS", "claims"),
    ("AlignmentMismatch", "alignment mismatch in FUNCTION of ADDRESS", "claims"),
    ("TypeMismatch", "type mismatch in FUNCTION of ADDRESS", "claims"),
    ("TouchPast", "access past the end at ADDRESS", "../sampling"),
    ("TouchBefore", "access before the start at ADDRESS", "../sampling"),
    ("TouchFreed", "access after free at ADDRESS", "../sampling"),
    ("TouchGuard", "access to a guard page at ADDRESS", "../sampling"),
    ("CorruptedState", "corrupted state of ADDRESS", UNIT_TESTS),
    ("OutOfMemory", "out of memory, request for BYTES bytes", "switches"),
    ("MemoryLimit", "limit on resident memory reached, request for BYTES bytes", "switches"),
    ("StartUp", "start-up failed: REASON", "kinds"),
    ("Internal", "internal error", UNIT_TESTS),
];

/// No program can commit what is here: only the library's own tests can make it up.
const UNIT_TESTS: &str = "../../src/report/die_tests";

fn text_of(file: impl AsRef<Path>) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{} is not there", path.display()))
}

/// The kinds that the library has, from its source.
fn kinds_in_the_source() -> Vec<String> {
    let source = text_of("src/report/fault.rs");
    let (_, list) = source.split_once("enum Kind {").expect("the list is there");
    let (list, _) = list.split_once("\n}").expect("the list has an end");
    let lines = list.lines().filter_map(|line| line.trim().strip_suffix(','));
    lines.map(str::to_owned).collect()
}

#[test]
fn every_kind_of_fault_is_in_the_table() {
    let kinds = kinds_in_the_source();
    assert!(kinds.len() > 15, "{kinds:?}");
    for kind in &kinds {
        assert!(KINDS.iter().any(|row| row.0 == kind), "{kind} has no row");
    }
    for (kind, ..) in KINDS {
        assert!(kinds.iter().any(|have| have == kind), "there is no kind {kind}");
    }
}

#[test]
fn every_first_line_is_in_the_document() {
    let document = text_of("docs/faults.md");
    for (kind, line, _) in KINDS {
        assert!(document.contains(&format!("| `{line}` |")), "{kind}: {line:?} is missing");
    }
}

/// A test that sees a kind states what is special about its first line.
#[test]
fn every_kind_of_fault_has_a_test() {
    for (kind, line, file) in KINDS {
        let test = text_of(format!("tests/faults/{file}.rs"));
        let words = ["ADDRESS", "FUNCTION", "BYTES", "REASON"];
        let parts = words.iter().fold(vec![line], |parts, word| {
            parts.into_iter().flat_map(|part| part.split(word)).collect()
        });
        let longest = parts.into_iter().max_by_key(|part| part.len()).unwrap_or_default();
        let special = longest.trim_matches([' ', '(', ')', ':']);
        // The table here is no test.
        let outside_the_table = test.replace(&format!("\"{line}\", \"kinds\""), "");
        assert!(outside_the_table.contains(special), "{kind}: {file} does not see {special:?}");
    }
}

/// Far behind the only block of its size.
#[test]
fn what_was_never_allocated() {
    for size in [16, 64, 4000] {
        let program = Misuse::of("operation_beyond_a_block.c").with("free").with(size);
        let seen = program.with("0x1000000").run();
        seen.stops("invalid free of @ (never allocated)")
            .says("block", "%-byte class (slot % of slab %, arena %)")
            .says("state", "never handed out; % bytes into the block");
    }
}

/// The program decides whether it can do without memory.
#[test]
fn a_start_that_fails() {
    let child = Child::of(built("out_of_memory.c")).limit("-v 20000");
    let outcome = child.run_preloaded().expect_success();
    let first = "starmalloc: fault: start-up failed: no address space for the smallest layout; ";
    assert!(outcome.stderr.starts_with(first), "{}", outcome.story());
    assert!(outcome.stderr.contains("see      docs/faults.md#start-up\n"), "{}", outcome.story());
}
