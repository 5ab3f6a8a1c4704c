//! The tests that there are in the sources.

use std::fs;
use std::path::Path;

/// A test: the module that documents name it by, and its name.
pub(super) type Test = (String, String);

pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(super) fn text(path: &Path) -> String {
    fs::read_to_string(path).expect("the file can be read")
}

/// All files below `folder` and what module each is, fuzz targets being in none.
fn files(folder: &Path, module: &str, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("the folder can be read").flatten() {
        let path = entry.path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
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

pub(super) fn tests() -> Vec<Test> {
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
