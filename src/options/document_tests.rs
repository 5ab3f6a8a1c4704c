//! `docs/options.md` says what the table says, and names no option that there is not.
#![forbid(unsafe_code)]

use super::Options;
use super::table::Row;

const DOCUMENT: &str = include_str!("../../docs/options.md");
const README: &str = include_str!("../../README.md");

fn text(write: impl FnOnce(&mut dyn FnMut(&[u8]))) -> String {
    let mut text = Vec::new();
    write(&mut |piece| text.extend_from_slice(piece));
    String::from_utf8(text).unwrap()
}

/// A row of the table as the document has it.
fn line(row: &Row) -> String {
    let value =
        |raw: Option<i64>| raw.map_or(String::new(), |raw| text(|out| row.form.show(raw, out)));
    let meaning: Vec<_> = row.meaning.iter().map(|line| line.trim()).collect();
    format!(
        "| `{}` | {} | {} | {} | {} | {} |",
        row.name,
        text(|out| row.form.describe(out)),
        value(Some(row.default)),
        value(row.light),
        value(row.strong),
        meaning.join(" "),
    )
}

/// The part of the document below the heading `name`.
fn section(name: &str) -> &'static str {
    let start = DOCUMENT.find(&format!("\n## {name}\n")).unwrap_or_else(|| panic!("no {name}"));
    let rest = &DOCUMENT[start + 1..];
    rest.find("\n## ").map_or(rest, |end| &rest[..end])
}

#[test]
fn the_document_has_the_table() {
    let expected: Vec<_> = Options::ROWS.iter().map(line).collect();
    let found: Vec<_> =
        section("All options").lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(found, expected, "the table must be:\n{}", expected.join("\n"));
}

/// Whatever looks like an option with a value, there and in the README, is one that is accepted.
#[test]
fn examples_are_accepted() {
    let code = |text: &'static str| text.split(['`', '\n', ' ', '"', '(', ')', ';']);
    let mut seen = 0;
    for part in code(DOCUMENT).chain(code(README)) {
        let list = part.strip_prefix("STARMALLOC_OPTIONS=").unwrap_or(part);
        let starts = |row: &Row| list.starts_with(&format!("{}=", row.name));
        if Options::ROWS.iter().any(starts) {
            let mut options = Options::DEFAULT;
            super::apply(
                &mut options,
                list.trim_end_matches([',', '.', ':']).as_bytes(),
                &mut |warning| {
                    panic!("{list}: {warning:?}");
                },
            );
            seen += 1;
        }
    }
    assert!(seen > 10);
}

/// What is off costs nothing, and what is not off by default is told with its cost.
#[test]
fn every_option_that_is_off_by_default_has_its_cost() {
    let costs = section("What they cost");
    for row in Options::ROWS.iter().filter(|row| row.form == super::form::Form::Switch) {
        let told = costs.contains(&format!("`{}`", row.name));
        assert!(told || row.default != 0, "{}", row.name);
    }
}
