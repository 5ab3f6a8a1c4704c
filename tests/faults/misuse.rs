//! One misuse: the program that commits it, how it must end, and what must be said.

use crate::support::{Child, Outcome, Program};
use std::fmt::Display;
use std::path::PathBuf;

const SIGABRT: i32 = 6;
const SIGSEGV: i32 = 11;

/// What the first line of a report starts with when the program stops, and when it goes on.
const FATAL: &str = "starmalloc: fatal: ";
const GOING_ON: &str = "starmalloc: fault: ";
/// What every other line of a report starts with.
const FACT: &str = "starmalloc:   ";

/// A program of `tests/programs_c/faults` and its arguments.
pub(crate) struct Misuse {
    program: String,
    arguments: Vec<String>,
    options: String,
}

/// How a run of it ended.
pub(crate) struct Seen {
    what: String,
    pub(crate) outcome: Outcome,
}

/// The lines of a report, without what they all start with.
pub(crate) struct Report<'a> {
    seen: &'a Seen,
    facts: Vec<(&'a str, &'a str)>,
}

/// The program, with its own symbols visible to the library: it may bring options.
pub(crate) fn built(program: &str) -> PathBuf {
    Program::of(&format!("faults/{program}")).flag("-rdynamic").build()
}

impl Misuse {
    /// `program` is a file's name.
    pub(crate) fn of(program: &str) -> Self {
        let program = program.to_owned();
        Self { program, arguments: Vec::new(), options: String::new() }
    }

    /// One more argument.
    pub(crate) fn with(mut self, argument: impl Display) -> Self {
        self.arguments.push(argument.to_string());
        self
    }

    /// The options for the library.
    pub(crate) fn options(mut self, options: &str) -> Self {
        options.clone_into(&mut self.options);
        self
    }

    /// Runs it with the library. All of it up to the misuse must work.
    pub(crate) fn run(&self) -> Seen {
        let seen = self.run_anyhow();
        assert!(seen.has("reached"), "{seen} stops too soon: {}", seen.outcome.story());
        seen
    }

    /// Runs a program that does not say which address it misuses: there are many.
    pub(crate) fn run_in_full(&self) -> Seen {
        self.run_anyhow()
    }

    /// Runs a program that commits nothing and gives figures.
    pub(crate) fn measure(&self) -> Seen {
        let seen = self.run_anyhow();
        assert!(seen.outcome.is_success(), "{seen}: {}", seen.outcome.story());
        seen
    }

    fn run_anyhow(&self) -> Seen {
        let child = Child::of(built(&self.program))
            .args(&self.arguments)
            .env("STARMALLOC_OPTIONS", &self.options);
        let outcome = child.run_preloaded();
        Seen { what: format!("{} {:?} {}", self.program, self.arguments, self.options), outcome }
    }
}

impl Display for Seen {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(&self.what)
    }
}

impl Seen {
    /// What follows the word `name` on its own line of the program's output.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.outcome.stdout.lines().find_map(|line| {
            let rest = line.strip_prefix(name)?;
            if rest.is_empty() { Some(rest) } else { rest.strip_prefix(' ') }
        })
    }

    /// Whether the program printed a line that starts with the word `name`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.text(name).is_some()
    }

    /// The number that follows `name`.
    #[track_caller]
    pub(crate) fn number(&self, name: &str) -> u64 {
        let text = self.text(name);
        let number = text.and_then(|text| text.parse().ok());
        number.unwrap_or_else(|| panic!("{self} has no {name}: {}", self.outcome.story()))
    }

    /// The address at fault, as the program printed it.
    pub(crate) fn address(&self) -> &str {
        self.text("reached").unwrap_or_default()
    }

    /// It stopped by SIGABRT with `headline`, in which `@` stands for the address at fault.
    #[track_caller]
    pub(crate) fn stops(&self, headline: &str) -> Report<'_> {
        let story = || format!("{self} must be told as {headline:?}: {}", self.outcome.story());
        assert!(!self.has("survived"), "{}", story());
        assert_eq!(self.outcome.signal, Some(SIGABRT), "{}", story());
        let mut lines = self.outcome.stderr.lines();
        let first = lines.next().and_then(|line| line.strip_prefix(FATAL));
        let expected = headline.replace('@', self.address());
        assert!(first.is_some_and(|first| matches(&expected, first)), "{}", story());
        let facts = lines.map(|line| {
            let fact = line.strip_prefix(FACT).and_then(|fact| fact.split_at_checked(9));
            fact.unwrap_or_else(|| panic!("a line of another form: {}", story()))
        });
        let facts = facts.map(|(name, text)| (name.trim_end(), text)).collect();
        Report { seen: self, facts }
    }

    /// It stopped by SIGABRT, and its first line is `headline`; more may follow from elsewhere.
    #[track_caller]
    pub(crate) fn stops_anyhow(&self, headline: &str) {
        let story = || format!("{self} must be told as {headline:?}: {}", self.outcome.story());
        assert_eq!(self.outcome.signal, Some(SIGABRT), "{}", story());
        let first = self.outcome.stderr.lines().next().and_then(|line| line.strip_prefix(FATAL));
        let expected = headline.replace('@', self.address());
        assert!(first.is_some_and(|first| matches(&expected, first)), "{}", story());
    }

    /// A guard stopped it: the kernel says so, and nobody can say more.
    #[track_caller]
    pub(crate) fn faults(&self) {
        assert_eq!(self.outcome.signal, Some(SIGSEGV), "{self}: {}", self.outcome.story());
        assert_eq!(self.outcome.stderr, "", "{self}");
    }

    /// Nothing was said and the program went on to its end.
    #[track_caller]
    pub(crate) fn goes_unnoticed(&self) {
        let is_quiet = self.has("survived") && self.outcome.stderr.is_empty();
        assert!(is_quiet && self.outcome.is_success(), "{self}: {}", self.outcome.story());
    }

    /// The first lines of all faults told by a program that goes on.
    pub(crate) fn told(&self) -> Vec<&str> {
        self.outcome.stderr.lines().filter_map(|line| line.strip_prefix(GOING_ON)).collect()
    }
}

impl Report<'_> {
    /// The fact `name` has a text like `pattern`: see [`matches`].
    #[track_caller]
    pub(crate) fn says(self, name: &str, pattern: &str) -> Self {
        let mut texts = self.facts.iter().filter(|fact| fact.0 == name).map(|fact| fact.1);
        let is_said = texts.any(|text| matches(pattern, text));
        let story = self.seen.outcome.story();
        assert!(is_said, "{}: {name} must say {pattern:?}: {story}", self.seen);
        self
    }

    /// The block was found in one of `states`, and the address is its start.
    #[track_caller]
    pub(crate) fn was_in_one_of(self, states: &[&str]) -> Self {
        let text = self.text("state");
        let is_one = |state: &&str| text == format!("{state}; 0 bytes into the block");
        let story = || self.seen.outcome.story();
        assert!(states.iter().any(is_one), "{}: none of {states:?}: {}", self.seen, story());
        self
    }

    /// The report has no fact `name`.
    #[track_caller]
    pub(crate) fn lacks(self, name: &str) -> Self {
        let is_absent = self.facts.iter().all(|fact| fact.0 != name);
        assert!(is_absent, "{}: {}", self.seen, self.seen.outcome.story());
        self
    }

    /// The first text of the fact `name`.
    #[track_caller]
    pub(crate) fn text(&self, name: &str) -> &str {
        let fact = self.facts.iter().find(|fact| fact.0 == name);
        fact.unwrap_or_else(|| panic!("{}: no {name}: {}", self.seen, self.seen.outcome.story())).1
    }

    /// The block is one for a request of `size` bytes, and the report says that size.
    #[track_caller]
    pub(crate) fn names_block_of(self, size: usize) -> Self {
        let is_small = is_small(size);
        let place =
            if is_small { "%-byte class (slot % of slab %, arena %)" } else { "large, % bytes" };
        self.says("block", &format!("{place}, requested {size}")).has_room_for(size)
    }

    /// The block is a slot for requests of `size` bytes, of which the size of the last is not known.
    #[track_caller]
    pub(crate) fn names_slot_for(self, size: usize) -> Self {
        self.says("block", "%-byte class (slot % of slab %, arena %)").has_room_for(size)
    }

    /// The block's length, the first number of its line, holds `size` bytes and not many more.
    #[track_caller]
    fn has_room_for(self, size: usize) -> Self {
        let text = self.text("block");
        let digits = |c: char| !c.is_ascii_digit();
        let number = text.split(digits).find(|part| !part.is_empty()).unwrap_or_default();
        let len: usize = number.parse().unwrap_or_default();
        let (least, most) = if is_small(size) {
            // Eight bytes of canary; four sizes for each doubling, all multiples of 16, from 32 on.
            (size + 8, (size + 8 + (size + 8) / 4 + 16).max(32))
        } else {
            (size, size + 4096)
        };
        assert!((least..=most).contains(&len), "{}: {size} bytes in {text:?}", self.seen);
        self
    }
}

/// Requests up to this many bytes are served by slots.
pub(crate) fn is_small(size: usize) -> bool {
    size <= 131_096
}

/// Whether `text` is like `pattern`, in which `%` stands for digits and `*` for anything.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let Some(wild) = pattern.find(['%', '*']) else { return pattern == text };
    let (plain, rest) = pattern.split_at(wild);
    let Some(text) = text.strip_prefix(plain) else { return false };
    let is_any = rest.starts_with('*');
    let rest = &rest[1..];
    let least = usize::from(!is_any);
    (least..=text.len()).filter(|end| text.is_char_boundary(*end)).any(|end| {
        let (taken, left) = text.split_at(end);
        (is_any || taken.bytes().all(|byte| byte.is_ascii_digit())) && matches(rest, left)
    })
}

#[test]
fn patterns_stand_for_digits_and_for_anything() {
    assert!(matches("a % b *", "a 17 b cd"));
    assert!(matches("%", "0") && matches("*", "") && matches("x", "x"));
    assert!(!matches("%", "") && !matches("% b", "1a b") && !matches("x*", "y"));
}
