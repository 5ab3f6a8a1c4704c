//! What a fault means and what to do, from the document about faults itself.

/// The document: a table of first lines, and an entry for each kind of fault.
const DOCUMENT: &str = include_str!("../../../docs/faults.md");
/// Words of the table that stand for others.
const PLACEHOLDERS: [&str; 4] = ["FUNCTION", "ADDRESS", "BYTES", "REASON"];

/// An entry of the document.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its heading.
    pub(super) title: &'static str,
    /// Its paragraphs, without the examples.
    pub(super) text: String,
}

impl Entry {
    /// Where it is.
    pub(super) fn source(&self) -> String {
        format!("docs/faults.md#{}", self.title.to_lowercase().replace(' ', "-"))
    }
}

/// The entry for a report whose first line has these words, behind `fatal:` or `fault:`.
pub(super) fn entry(words: &str) -> Option<Entry> {
    let (_, anchor) = table().find(|(form, _)| fits(form, words))?;
    let title = headings().find(|title| anchor_of(title) == anchor)?;
    Some(Entry { title, text: text_of(title) })
}

/// The rows of the table: the form of a first line, and the entry's anchor.
fn table() -> impl Iterator<Item = (&'static str, &'static str)> {
    DOCUMENT.lines().filter_map(|line| {
        let row = line.strip_prefix("| `")?;
        let (form, link) = row.split_once("` | [")?;
        let (_, anchor) = link.split_once("](#")?;
        Some((form, anchor.split_once(')')?.0))
    })
}

/// Whether `words` have the form. A privileged program's report ends before the address, so that it
/// is as good when only the start of the form is there.
fn fits(form: &str, words: &str) -> bool {
    let details = |text: &str| text.split_once(" (").map(|(_, detail)| detail.to_owned());
    let plain = |text: &str| text.split_once(" (").map_or(text, |(start, _)| start).to_owned();
    if details(words).is_some() && details(form) != details(words) {
        return false;
    }
    let (form, words) = (plain(form), plain(words));
    let mut form = form.split_whitespace();
    let mut words = words.split_whitespace().peekable();
    while let Some(word) = words.next() {
        match form.next() {
            Some(place) if place == word => {}
            // The reason of a failed start has many words, and nothing is behind it.
            Some("REASON") => return true,
            Some(place) if PLACEHOLDERS.contains(&place) => {}
            _ => return false,
        }
        if words.peek().is_none() {
            return form
                .next()
                .is_none_or(|rest| rest == "at" || rest == "of" || PLACEHOLDERS.contains(&rest));
        }
    }
    false
}

fn headings() -> impl Iterator<Item = &'static str> {
    DOCUMENT.lines().filter_map(|line| line.strip_prefix("## "))
}

fn anchor_of(title: &str) -> String {
    title.to_lowercase().replace(' ', "-")
}

/// The paragraphs under a heading. Lines that are indented are examples of reports.
fn text_of(title: &str) -> String {
    let lines = DOCUMENT.lines().skip_while(|line| line.strip_prefix("## ") != Some(title)).skip(1);
    let lines = lines.take_while(|line| !line.starts_with("## "));
    let lines = lines.filter(|line| !line.starts_with("    ") && !line.starts_with("|---"));
    let mut text = String::new();
    for line in lines {
        if !(line.is_empty() && (text.is_empty() || text.ends_with("\n\n"))) {
            text.push_str(&without_links(line));
            text.push('\n');
        }
    }
    // What announces the examples is of no use without them.
    let text = text.split("The first of these reports").next().unwrap_or_default();
    text.trim_end().to_owned()
}

/// Leaves the words of links, without where they lead.
fn without_links(line: &str) -> String {
    let mut kept = String::new();
    let mut rest = line;
    while let Some((before, link)) = rest.split_once('[') {
        kept.push_str(before);
        let Some((words, behind)) = link.split_once("](") else {
            kept.push('[');
            rest = link;
            continue;
        };
        kept.push_str(words);
        rest = behind.split_once(')').map_or("", |(_, behind)| behind);
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(words: &str) -> Option<&'static str> {
        entry(words).map(|entry| entry.title)
    }

    #[test]
    fn first_lines_lead_to_their_entries() {
        let known = [
            ("double free of 0x10", "Double free"),
            ("double free", "Double free"),
            ("realloc of freed memory at 0x10", "Double free"),
            ("invalid delete[] of 0x10 (inside an allocation)", "Invalid free"),
            ("invalid free of 0x10 (not from this allocator)", "Foreign pointer"),
            ("overflow, canary overwritten behind 0x10", "Overflow"),
            ("overflow past the requested size of 0x10", "Overflow"),
            ("underflow, canary overwritten before 0x10", "Underflow"),
            ("write after free to 0x10", "Write after free"),
            ("size mismatch in delete of 0x10", "Size mismatch"),
            ("out of memory, request for 10 bytes", "Out of memory"),
            ("limit on resident memory reached, request for 1 bytes", "Out of memory"),
            ("start-up failed: no address space; is there a limit?", "Start-up"),
            ("internal error", "Internal error"),
        ];
        for (words, expected) in known {
            assert_eq!(title(words), Some(expected), "{words}");
        }
        assert_eq!(title("something else"), None);
    }

    #[test]
    fn every_row_of_the_table_has_an_entry_with_advice() {
        assert!(table().count() > 15);
        for (form, _) in table() {
            let entry = entry(form).unwrap_or_else(|| panic!("{form} has no entry"));
            assert!(entry.text.len() > 100, "{form}: {}", entry.text);
            assert!(!entry.text.contains("](#"), "{form}: {}", entry.text);
            assert!(!entry.text.contains("starmalloc: fatal"), "{form}: {}", entry.text);
        }
    }
}
