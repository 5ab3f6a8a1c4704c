//! The tables that say by what each property is shown: every test and every seeded bug that they name is there.

use std::fs;
use std::path::Path;

/// A test: the module that documents name it by, and its name.
type Test = (String, String);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// All files below `folder` and what module each is, fuzz targets being in none.
fn files(folder: &Path, module: &str, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let extension = path.extension().and_then(|extension| extension.to_str());
        let part = name.strip_suffix("_tests").unwrap_or(name);
        let is_folder = ["mod", "main", "tests", "proofs"].contains(&part);
        let own = if is_folder { module.to_owned() } else { format!("{module}{part}::") };
        if path.is_dir() {
            files(&path, &own, found);
        } else if let Some("rs" | "py") = extension {
            found.push((own, text(&path)));
        }
    }
}

fn tests() -> Vec<Test> {
    let mut sources = Vec::new();
    files(&root().join("src"), "", &mut sources);
    files(&root().join("tests"), "", &mut sources);
    let mut tests = Vec::new();
    for (module, text) in sources {
        if let Some(target) = module.strip_prefix("fuzz::targets::") {
            tests.push((String::new(), target.trim_end_matches("::").to_owned()));
        }
        let mut is_next = false;
        for line in text.lines().map(str::trim) {
            let function = line.strip_prefix("fn ").filter(|_| is_next);
            let function = function.or_else(|| line.strip_prefix("def ")).and_then(|rest| {
                let (name, _) = rest.split_once('(')?;
                Some(name)
            });
            // Some tests are a list of names, passed to a macro.
            let listed = (!line.is_empty()).then_some(line).filter(|line| {
                module == "api::" && line.chars().all(|c| c.is_ascii_lowercase() || c == '_')
            });
            tests.extend(function.or(listed).map(|name| (module.clone(), name.to_owned())));
            is_next = line == "#[test]" || (is_next && function.is_none());
        }
    }
    tests
}

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

/// What `row` names that is not there.
fn missing([_, shown, seeded]: &[String; 3], tests: &[Test], bugs: &str) -> Vec<String> {
    let mut missing = Vec::new();
    let mut module = String::new();
    let quoted =
        |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    for name in quoted(shown).into_iter().chain(quoted(seeded)) {
        let file = name.split(' ').next().unwrap_or_default();
        let is_there = if name.contains('/') {
            ["", "src", "tests"].iter().any(|folder| root().join(folder).join(file).exists())
        } else if name.ends_with('!') {
            true
        } else if let Some((before, last)) = name.rsplit_once("::") {
            module = format!("{before}::");
            let is_wanted =
                |own: &str| own == module || (last.is_empty() && own.starts_with(&module));
            tests.iter().any(|(own, name)| is_wanted(own) && (last.is_empty() || name == last))
        } else {
            tests.iter().any(|(own, test)| (*own == module || own.is_empty()) && *test == name)
        };
        missing.extend((!is_there).then_some(name));
    }
    let listed = seeded.split_once("mutation: ").or_else(|| seeded.split_once("mutations: "));
    for bug in listed.map_or("", |(_, names)| names).split("; ").filter(|bug| !bug.is_empty()) {
        let name = bug.split(" (").next().unwrap_or_default();
        missing.extend((!bugs.contains(&format!("what: \"{name}\""))).then(|| bug.to_owned()));
    }
    missing
}

#[test]
fn what_the_tables_of_properties_name_is_there() {
    let tests = tests();
    let mut sources = Vec::new();
    files(&root().join("tests/mutations"), "", &mut sources);
    let bugs: String = sources.into_iter().map(|(_, text)| text).collect();
    let mut complaints = Vec::new();
    for document in ["docs/assurance.md", "docs/theorems.md"] {
        let rows = rows(document);
        assert!(rows.len() > 60, "{document} has {} rows", rows.len());
        for row in &rows {
            let missing = missing(row, &tests, &bugs).into_iter();
            complaints.extend(missing.map(|name| format!("{document}: {}: no {name}", row[0])));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    let none = ["", "`limits::no_such_test`, `geometry::classes::`", "mutation: no such bug"];
    assert_eq!(missing(&none.map(str::to_owned), &tests, &bugs).len(), 2);
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
