//! One run of a sequence under the library, and what is wrong with how it ended.

use crate::sequence::Sequence;
use crate::support::{Child, Outcome, Program, target_tmp};
use std::io::Write;
use std::path::PathBuf;

const SIGABRT: i32 = 6;
const SIGSEGV: i32 = 11;

/// What the first line of a report starts with.
const FATAL: &str = "starmalloc: fatal: ";
/// What the program says before it commits a misuse: the reports that would be right.
const EXPECT: &str = "expect ";

/// Seconds; a run takes less than one on an idle machine.
const PATIENCE: u64 = 60;

/// The program that carries sequences out.
pub(crate) fn program() -> PathBuf {
    Program::of("model/main.c").build()
}

/// Runs it once. An error says what went wrong.
pub(crate) fn run(sequence: &Sequence) -> Result<(), String> {
    let mut file = tempfile::NamedTempFile::new_in(target_tmp()).expect("a file can be made");
    file.write_all(sequence.to_string().as_bytes()).expect("a file can be written");
    let child = Child::of(program()).arg(file.path()).patience(PATIENCE);
    let outcome = child.env("STARMALLOC_OPTIONS", sequence.options).run_preloaded();
    let is_right = match &sequence.misuse {
        None => outcome.is_success() && outcome.stdout.is_empty() && outcome.stderr.is_empty(),
        Some(_) => is_reported(&outcome),
    };
    if is_right { Ok(()) } else { Err(outcome.story()) }
}

/// Whether a misuse ended the program, with one of the reports that it names itself.
fn is_reported(outcome: &Outcome) -> bool {
    let Some(expected) = outcome.stdout.lines().find_map(|line| line.strip_prefix(EXPECT)) else {
        return false;
    };
    if expected == "nothing" {
        return outcome.is_success();
    }
    let told = outcome.stderr.lines().next().and_then(|line| line.strip_prefix(FATAL));
    expected.split('|').any(|kind| match kind {
        "SIGSEGV" => outcome.signal == Some(SIGSEGV) && outcome.stderr.is_empty(),
        kind => outcome.signal == Some(SIGABRT) && told.is_some_and(|told| told == kind),
    })
}
