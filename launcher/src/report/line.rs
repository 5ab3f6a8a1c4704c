//! The lines of a fault report, as `docs/faults.md` describes them.

/// How the lines of a report start; anything may be in front of it, such as a log's date.
const FATAL: &str = "starmalloc: fatal: ";
const FAULT: &str = "starmalloc: fault: ";
const FACT: &str = "starmalloc:   ";

/// A line of a report.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    pub(super) kind: Kind<'a>,
    /// The place in code that it names: a module's name and an offset.
    pub(super) place: Option<(&'a str, u64)>,
}

/// Which line of a report it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    /// The first one, with these words about what happened.
    Headline(&'a str),
    /// One behind it.
    Fact,
}

impl<'a> Line<'a> {
    /// Reads a line of text; `None` when it is not part of a report.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let text = text.trim_end();
        for start in [FATAL, FAULT] {
            if let Some((_, words)) = text.split_once(start) {
                return Some(Self { kind: Kind::Headline(words), place: None });
            }
        }
        let (_, fact) = text.split_once(FACT)?;
        Some(Self { kind: Kind::Fact, place: caller(fact).and_then(place) })
    }
}

/// What the facts that name places in code end with: `from FUNCTION called by PLACE` and
/// `stack #NUMBER PLACE`. Nothing else tells where it begins, for a file's name may have blanks.
fn caller(fact: &str) -> Option<&str> {
    if let Some(rest) = fact.strip_prefix("from ") {
        return Some(rest.split_once(" by ")?.1);
    }
    let (number, place) = fact.strip_prefix("stack ")?.trim_start().split_once(' ')?;
    number.starts_with('#').then_some(place)
}

/// Reads `module+0xoffset`. A module's name may have a plus sign in it, as `libstdc++.so.6`.
fn place(word: &str) -> Option<(&str, u64)> {
    let (module, offset) = word.rsplit_once("+0x")?;
    Some((module, u64::from_str_radix(offset, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_report_are_told_from_others() {
        let words = "double free of 0x10";
        let headline = Some(Line { kind: Kind::Headline(words), place: None });
        assert_eq!(Line::read("starmalloc: fatal: double free of 0x10\n"), headline);
        assert_eq!(Line::read("Jan 1 host: starmalloc: fault: double free of 0x10"), headline);
        let fact = |place| Some(Line { kind: Kind::Fact, place });
        let stack = "starmalloc:   stack    #0 libstdc++.so.6+0x1190";
        assert_eq!(Line::read(stack), fact(Some(("libstdc++.so.6", 0x1190))));
        let from = "starmalloc:   from     free called by app+0x11";
        assert_eq!(Line::read(from), fact(Some(("app", 0x11))));
        let access = "starmalloc:   from     access by my app+0x11";
        assert_eq!(Line::read(access), fact(Some(("my app", 0x11))));
        let stack = "starmalloc:   stack    #12 my app+0x11";
        assert_eq!(Line::read(stack), fact(Some(("my app", 0x11))));
        assert_eq!(Line::read("starmalloc:   memory   the code of app+0x11"), fact(None));
        assert_eq!(Line::read("starmalloc:   stack    #0 0x7f00 in anonymous memory"), fact(None));
        assert_eq!(Line::read("starmalloc: version 0.1.0 active"), None);
        assert_eq!(Line::read("app+0x11"), None);
    }
}
