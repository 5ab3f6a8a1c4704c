//! A program and its job, run without the library and with it.

use std::env;
use std::io::{self, Write};
use std::path::Path;

use crate::site::{Site, find};
use crate::support;

/// A real program, what it needs and what it is asked to do.
pub(crate) struct Program {
    /// Names the test's folder and the message when something is missing.
    pub(crate) name: &'static str,
    /// The Debian package that brings the binaries.
    pub(crate) package: &'static str,
    /// The binaries that the job starts. All of them run preloaded.
    pub(crate) binaries: &'static [&'static str],
    /// A command that fails when a part of the program is missing; empty when none can.
    pub(crate) probe: &'static [&'static str],
    /// Some servers refuse to run as root; these run as the user nobody when the tests do.
    pub(crate) unprivileged: bool,
    /// Does the work in the given place and returns what must be equal in both runs.
    pub(crate) job: fn(&Site) -> String,
}

/// What an entry need not say.
pub(crate) const ORDINARY: Program = Program {
    name: "",
    package: "",
    binaries: &[],
    probe: &[],
    unprivileged: false,
    job: |_| String::new(),
};

impl Program {
    /// Does the job without the library, then with it, and compares.
    pub(crate) fn same_with_and_without(&self) {
        if let Some(missing) = self.missing() {
            report_missing(self, &missing);
            return;
        }
        let library = support::library();
        let expected = self.run(None);
        let found = self.run(Some(library));
        assert_same(self.name, &expected, &found);
    }

    /// What is not installed, if anything.
    fn missing(&self) -> Option<String> {
        if let Some(binary) = self.binaries.iter().find(|binary| find(binary).is_none()) {
            return Some((*binary).to_owned());
        }
        let (first, rest) = self.probe.split_first()?;
        let site = Site::new(&format!("{}-probe", self.name), None, false);
        (!site.succeeds(first, rest)).then(|| self.probe.join(" "))
    }

    fn run(&self, library: Option<&Path>) -> String {
        let site = Site::new(self.name, library, self.unprivileged);
        for binary in self.binaries {
            site.assert_loaded_by(binary);
        }
        let answer = (self.job)(&site);
        site.assert_quiet();
        answer
    }
}

/// Tells that a program is not there. It is written past the test harness, which would keep
/// the line of a test that passes to itself.
fn report_missing(program: &Program, missing: &str) {
    let Program { name, package, .. } = program;
    let line = format!("{name}: {missing} is missing (Debian package {package})");
    assert!(env::var("CI").as_deref() != Ok("true"), "{line}");
    writeln!(io::stderr(), "skipped {line}").expect("stderr takes the line");
}

/// Fails with the first line that differs, because whole outputs are long.
fn assert_same(name: &str, expected: &str, found: &str) {
    assert!(!expected.is_empty(), "{name}: the job gave nothing to compare");
    let pairs = expected.lines().zip(found.lines()).enumerate();
    for (number, (without, with)) in pairs {
        assert_eq!(without, with, "{name}: line {} differs (without, with)", number + 1);
    }
    assert_eq!(expected, found, "{name}: one output is longer (without, with)");
}
