//! Names of files as a report has them: `src/report/maps.rs` of the library prints them.

/// Bytes of the longest name that is printed as it is.
const NAME_BYTES: usize = 48;
/// In place of the last bytes that there is room for, of a longer one.
const CUT: &[u8] = b"...";
/// What the kernel appends to the name of a file that is no more.
pub(super) const DELETED: &str = " (deleted)";

/// Whether a file called `file` is `name` in a report.
pub(super) fn fits(file: &[u8], name: &str) -> bool {
    let deleted = [file, DELETED.as_bytes()].concat();
    printed(file) == name || printed(&deleted) == name
}

/// Whether a name in a report may stand for a file that is called differently.
pub(super) fn may_be_another(name: &str) -> bool {
    name.len() >= NAME_BYTES || name.contains('.') || name.ends_with(DELETED)
}

/// A name as it is printed.
fn printed(name: &[u8]) -> String {
    let shown = |byte: &u8| if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '.' };
    let (kept, end) = match name.get(NAME_BYTES) {
        Some(_) => (NAME_BYTES - CUT.len(), CUT),
        None => (name.len(), &[][..]),
    };
    name.iter().take(kept).chain(end).map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_what_is_printed_of_them() {
        let long = "a".repeat(60);
        for (file, name) in [
            ("app", "app"),
            ("app", "app (deleted)"),
            ("größe", "gr....e"),
            (&long[..48], &long[..48]),
            (long.as_str(), &format!("{}...", &long[..45])),
            (&long[..44], &format!("{} ...", &long[..44])),
        ] {
            assert!(fits(file.as_bytes(), name), "{file} {name}");
        }
        for (file, name) in
            [("app", "ap"), ("app", "a.p"), ("app", "app (gone)"), ("größe", "größe")]
        {
            assert!(!fits(file.as_bytes(), name), "{file} {name}");
        }
    }
}
