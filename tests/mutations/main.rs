//! What each test of misuse is worth: the check that it tests for is taken out of a copy of the
//! source, and the test must fail. That runs when the variable `STARMALLOC_MUTATE` is set, to `all`
//! or to part of the names of those that are to run; that each still fits the source is always looked
//! at.
//!
//! ```text
//! STARMALLOC_MUTATE=all cargo test --test mutations -- --nocapture
//! ```
//!
//! With `STARMALLOC_MUTATE_KEEP=DIRECTORY` the libraries are built and kept there, and no test runs: what
//! each check costs can then be counted.
//!
//! A row of the table whose text is no longer in the source is reported like a test that did not
//! fail: somebody has to look at it.
#![allow(clippy::panic, clippy::expect_used, reason = "helpers of tests fail by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod alarms;
mod answers;
mod contents;
mod copy;
mod documents;
mod frees;
mod orders;
mod places;
mod structures;
mod table;

use copy::Copy;
use std::fmt::Write;
use support::target_tmp;
use table::{Mutation, mutations};

/// The model checker that runs a test, if one does.
fn checker_of(test: &str) -> Option<&'static str> {
    let (target, _) = test.split_once("::")?;
    orders::CHECKERS.into_iter().find(|checker| *checker == target)
}

/// What one test said about one mutation.
fn verdict(copy: &Copy, mutation: &Mutation) -> Result<Vec<(&'static str, bool)>, String> {
    copy.restore();
    for edit in mutation.edits {
        copy.apply(edit)?;
    }
    let (models, tests): (Vec<&str>, Vec<&str>) =
        mutation.tests.iter().partition(|test| checker_of(test).is_some());
    let mut verdicts = Vec::new();
    for model in models {
        let checker = checker_of(model).unwrap_or_default();
        verdicts.push((model, copy.fails_as_a_model(model, checker)?));
    }
    if tests.is_empty() {
        return Ok(verdicts);
    }
    let library = copy.build()?;
    if let Some(directory) = std::env::var_os("STARMALLOC_MUTATE_KEEP") {
        let name = mutation.what.replace(|c: char| !c.is_alphanumeric(), "-") + ".so";
        let kept = std::path::Path::new(&directory).join(name);
        std::fs::copy(library, kept).map_err(|error| error.to_string())?;
        return Ok(Vec::new());
    }
    for test in tests {
        verdicts.push((test, copy::fails(test, copy, &library)?));
    }
    Ok(verdicts)
}

#[test]
fn every_edit_fits_the_source() {
    let edits = mutations().flat_map(|mutation| mutation.edits);
    let misfits: Vec<_> = edits.filter_map(|edit| copy::fits(edit).err()).collect();
    assert!(misfits.is_empty(), "{misfits:#?}");
}

#[test]
fn every_check_is_missed() {
    let Some(wanted) = std::env::var_os("STARMALLOC_MUTATE") else { return };
    let wanted = wanted.to_string_lossy().into_owned();
    let copy = Copy::new();
    let mut table = "| row | taken out | test | |\n|---|---|---|---|\n".to_owned();
    let mut unseen = 0;
    let chosen = |mutation: &&Mutation| wanted == "all" || mutation.what.contains(&wanted);
    for mutation in mutations().filter(chosen) {
        let Mutation { row, what, .. } = mutation;
        let mut line = |test: &str, answer: &str| {
            println!("{row}: {what}: {test} {answer}");
            writeln!(table, "| {row} | {what} | `{test}` | {answer} |").expect("text grows");
        };
        match verdict(&copy, mutation) {
            Ok(tests) => {
                for (test, fails) in tests {
                    unseen += usize::from(!fails);
                    line(test, if fails { "fails" } else { "**passes**" });
                }
            }
            Err(why) => {
                unseen += 1;
                line("-", &why);
            }
        }
    }
    std::fs::write(target_tmp().join("mutations.md"), &table).expect("the table can be kept");
    assert_eq!(unseen, 0, "tests that did not fail, or rows that no longer fit the source");
}
