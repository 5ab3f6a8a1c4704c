//! The text that the library writes: samples, the kernel's list of mappings, and a line that ends it.

use std::path::PathBuf;

const FIRST_LINE: &str = "starmalloc heap profile 1";
const LAST_LINE: &str = "end";

/// A live allocation that was sampled.
pub(super) struct Sample {
    /// Bytes of live memory that it stands for.
    pub(super) stands_for: u64,
    /// Bytes that were asked for.
    pub(super) size: u64,
    /// Who asked: addresses of code, the innermost first.
    pub(super) calls: Vec<u64>,
}

/// A mapping of code from a file.
pub(super) struct Mapping {
    /// First address, and the one after the last.
    pub(super) start: u64,
    /// As above.
    pub(super) end: u64,
    /// Where in the file it begins.
    pub(super) offset: u64,
    /// The number of the file's inode; 0 where it has none.
    pub(super) inode: u64,
    /// The file.
    pub(super) path: PathBuf,
}

/// A whole file.
pub(super) struct Profile {
    /// Bytes that a sample stands for on average.
    pub(super) interval: u64,
    /// The samples.
    pub(super) samples: Vec<Sample>,
    /// Where code was.
    pub(super) mappings: Vec<Mapping>,
    /// Whether the file has its end.
    pub(super) is_whole: bool,
}

impl Profile {
    /// Reads the text; `None` when it is something else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        if lines.next()? != FIRST_LINE {
            return None;
        }
        let interval = lines.next()?.strip_prefix("interval ")?.parse().ok()?;
        let is_whole = text.ends_with(&format!("\n{LAST_LINE}\n"));
        let mut samples: Vec<_> =
            lines.by_ref().take_while(|line| *line != "mappings").map(sample).collect();
        if !text.contains("\nmappings\n") {
            // Of the last one there may be a part only.
            samples.pop();
        }
        let samples: Option<_> = samples.into_iter().collect();
        let mappings = lines.filter_map(mapping).collect();
        Some(Self { interval, samples: samples?, mappings, is_whole })
    }

    /// The mapping that an address is in.
    pub(super) fn mapping_of(&self, address: u64) -> Option<usize> {
        self.mappings.iter().position(|mapping| (mapping.start..mapping.end).contains(&address))
    }
}

fn sample(line: &str) -> Option<Sample> {
    let mut words = line.strip_prefix("live ")?.split(' ');
    let stands_for = words.next()?.parse().ok()?;
    let size = words.next()?.parse().ok()?;
    let _thread: u32 = words.next()?.parse().ok()?;
    let calls: Option<_> =
        words.map(|word| u64::from_str_radix(word.strip_prefix("0x")?, 16).ok()).collect();
    Some(Sample { stands_for, size, calls: calls? })
}

/// A line of the kernel's list, if it is about code of a file.
fn mapping(line: &str) -> Option<Mapping> {
    let mut words = line.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let hex = |word: &str| u64::from_str_radix(word, 16).ok();
    if !words.next()?.contains('x') {
        return None;
    }
    let offset = hex(words.next()?)?;
    let inode = words.nth(1)?.parse().ok()?;
    // A path may have blanks; it is what is left of the line.
    let path = line.get(line.find('/')?..)?;
    let (start, end) = (hex(start)?, hex(end)?);
    Some(Mapping { start, end, offset, inode, path: PathBuf::from(path) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "starmalloc heap profile 1\ninterval 524288\n\
        live 524288 100 7 0x401000 0x7f0000001010\nlive 1048576 900000 8\nmappings\n\
        00400000-00402000 r-xp 00001000 fe:00 12   /usr/bin/a program\n\
        00500000-00502000 r--p 00001000 fe:00 12   /usr/bin/a program\n\
        7ffd00000000-7ffd00001000 r-xp 00000000 00:00 0  [vdso]\nend\n";

    #[test]
    fn samples_and_code_are_read() {
        let profile = Profile::parse(TEXT).unwrap();
        assert_eq!(profile.interval, 524_288);
        assert_eq!(profile.samples.len(), 2);
        assert_eq!(profile.samples[0].calls, [0x40_1000, 0x7f00_0000_1010]);
        assert_eq!(profile.mappings.len(), 1);
        assert_eq!(profile.mappings[0].path, PathBuf::from("/usr/bin/a program"));
        assert_eq!((profile.mappings[0].offset, profile.mappings[0].inode), (0x1000, 12));
        assert_eq!(profile.mapping_of(0x40_1000), Some(0));
        assert_eq!(profile.mapping_of(0x40_2000), None);
        assert!(profile.is_whole);
    }

    #[test]
    fn a_file_that_was_cut_off_is_told() {
        let read =
            |until: &str| Profile::parse(TEXT.split_inclusive(until).next().unwrap()).unwrap();
        for until in ["1048576 90", "live 1048576", "mappings\n00400", "[vdso]"] {
            let profile = read(until);
            assert!(!profile.is_whole, "{until}");
            assert_eq!(profile.samples[0].size, 100, "{until}");
        }
    }

    #[test]
    fn other_files_are_refused() {
        assert!(Profile::parse("").is_none());
        assert!(Profile::parse("something else\n").is_none());
        assert!(Profile::parse(&TEXT.replace("100", "many")).is_none());
    }
}
