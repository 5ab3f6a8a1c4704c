//! The tables of the documents. Those that say by what each property is shown: every test and every seeded bug that
//! they name is there, and the bug is one that a test of its row must find. And that of the checks taken out.

mod sources;

use self::sources::{Test, root, tests, text};
use crate::orders::CHECKERS;
use crate::table::{Mutation, mutations, of_misuse};

/// Rows of all tables that have a column for tests: the first column, tests and seeded bugs.
fn rows(document: &str) -> Vec<[String; 3]> {
    let mut rows = Vec::new();
    let mut column = None;
    for line in text(&root().join(document)).lines() {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        if !line.starts_with('|') || line.starts_with("|---") {
            column = column.filter(|_| line.starts_with('|'));
        } else if let Some(tests) = column {
            let cell = |at: usize| cells.get(at).map_or(String::new(), ToString::to_string);
            rows.push([cell(0), cell(tests), cell(tests + 1)]);
        } else {
            column = cells.iter().position(|cell| *cell == "test");
        }
    }
    rows
}

/// What `row` names that is not there, or not found by what it names.
fn missing([_, shown, seeded]: &[String; 3], tests: &[Test]) -> Vec<String> {
    let (mut missing, mut tests_named) = (Vec::new(), Vec::new());
    let mut module = String::new();
    let quoted =
        |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    for name in quoted(shown).into_iter().chain(quoted(seeded)) {
        let file = name.split(' ').next().unwrap_or_default();
        let is_there = if name.contains('/') {
            ["", "src", "tests"].iter().any(|folder| root().join(folder).join(file).exists())
        } else if name.ends_with('!') {
            true
        } else {
            let (before, last) = name.rsplit_once("::").unwrap_or(("", &name));
            if !before.is_empty() {
                module = format!("{before}::");
            }
            tests_named.push(format!("{module}{last}"));
            let is_wanted =
                |own: &str| own == module || (last.is_empty() && own.starts_with(&module));
            let is_target = |own: &str| own.is_empty() && before.is_empty();
            tests.iter().any(|(own, name)| match last {
                "" => is_wanted(own),
                last => name == last && (is_wanted(own) || is_target(own)),
            })
        };
        missing.extend((!is_there).then_some(name));
    }
    let listed = seeded.split_once("mutation: ").or_else(|| seeded.split_once("mutations: "));
    for bug in listed.map_or("", |(_, names)| names).split("; ").filter(|bug| !bug.is_empty()) {
        let what = bug.split(" (").next().unwrap_or_default();
        let found_by = mutations().filter(|mutation| mutation.what == what);
        let is_found = found_by.flat_map(|mutation| mutation.tests).any(|test| {
            let test = plain(test);
            tests_named.iter().any(|named| match named.strip_suffix("::") {
                Some(_) => test.starts_with(named),
                None => test == *named,
            })
        });
        missing.extend((!is_found).then(|| bug.to_owned()));
    }
    missing
}

/// A test that a mutation names, without the checker that runs it and the module that only tests are in.
fn plain(test: &str) -> String {
    let name = test.split_once("::").filter(|(checker, _)| CHECKERS.contains(checker));
    name.map_or(test, |(_, name)| name).replace("::tests::", "::")
}

#[test]
fn what_the_tables_of_properties_name_is_there() {
    let tests = tests();
    let mut complaints = Vec::new();
    for document in ["docs/assurance.md", "docs/theorems.md"] {
        let rows = rows(document);
        assert!(rows.len() > 60, "{document} has {} rows", rows.len());
        for row in &rows {
            let missing = missing(row, &tests).into_iter();
            complaints.extend(missing.map(|name| format!("{document}: {}: no {name}", row[0])));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    for wrong in [
        ["", "`limits::no_such_test`", ""],
        ["", "`geometry::classes::no_such_test`", ""],
        ["", "`api::`", "mutation: no such bug"],
        ["", "`api::products`", "mutation: a free of NULL does nothing"],
    ] {
        assert_eq!(missing(&wrong.map(str::to_owned), &tests).len(), 1, "{wrong:?}");
    }
}

/// Each of the statements has one row.
#[test]
fn each_theorem_has_its_row() {
    let rows = rows("docs/theorems.md");
    let labels: Vec<&str> = rows.iter().flat_map(|row| row[0].split(", ")).collect();
    let sections = [('T', 21), ('S', 12), ('C', 13), ('B', 13), ('L', 8), ('A', 15), ('D', 12)];
    for (letter, most) in sections.into_iter().chain([('V', 17), ('G', 7)]) {
        for label in (1..=most).map(|number| format!("{letter}{number}")) {
            assert_eq!(labels.iter().filter(|other| **other == label).count(), 1, "{label}");
        }
    }
    for row in rows {
        assert!(!row[1].is_empty(), "{} names no test and does not say so", row[0]);
    }
}

/// The rows as docs/security.md has them; those of the models' orders are in docs/assurance.md.
fn documented() -> String {
    let mut rows: Vec<_> =
        of_misuse().filter(|mutation| !mutation.what.starts_with("order: ")).collect();
    rows.sort_by_key(|mutation| mutation.row);
    let line = |Mutation { row, what, tests, .. }: &Mutation| {
        let tests: Vec<_> =
            tests.iter().map(|test| format!("`{}`", test.trim_start_matches("faults::"))).collect();
        format!("| {row} | {what} | {} |\n", tests.join(", "))
    };
    rows.into_iter().map(line).collect()
}

#[test]
fn the_document_has_every_row() {
    let rows = documented();
    let has_them = text(&root().join("docs/security.md")).contains(&rows);
    assert!(has_them, "docs/security.md should have:\n{rows}");
}
