//! The table of options. A row is a setting; a column of the table is a preset.
#![forbid(unsafe_code)]

use super::form::Form;

/// A type that a field of [`Options`] can have.
pub(super) trait Setting: Copy {
    /// The value for a number which the row's form accepted.
    fn of(raw: i64) -> Self;
}

/// One row of the table.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    /// The option's name, in the list and in the code.
    pub(crate) name: &'static str,
    /// What it does, in one or more lines, for the table in `docs/options.md`.
    #[cfg(test)]
    pub(crate) meaning: &'static [&'static str],
    /// What its values look like.
    pub(crate) form: Form,
    /// The value at [`Level::Default`], as a number.
    pub(crate) default: i64,
    /// The value at [`Level::Light`], where it differs.
    pub(crate) light: Option<i64>,
    /// The value at [`Level::Strong`], where it differs.
    pub(crate) strong: Option<i64>,
}

impl Row {
    /// The value at `level`, or `None` when no level sets this option.
    pub(crate) const fn at(&self, level: Level) -> Option<i64> {
        let (value, other) = match level {
            Level::Light => (self.light, self.strong),
            Level::Strong => (self.strong, self.light),
            Level::Default => (None, if self.light.is_some() { self.light } else { self.strong }),
        };
        match (value, other) {
            (Some(value), _) => Some(value),
            (None, Some(_)) => Some(self.default),
            (None, None) => None,
        }
    }
}

/// Makes the struct, its default and its rows out of the table.
macro_rules! options {
    ($(
        $(#[doc = $meaning:literal])+
        $name:ident: $kind:ty, $form:expr,
        default $default:expr $(, light $light:expr)? $(, strong $strong:expr)?;
    )+) => {
        /// Every setting, as decided at start.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(crate) struct Options {
            $( $(#[doc = $meaning])+ pub(crate) $name: $kind, )+
        }

        #[allow(
            clippy::cast_lossless,
            reason = "only a cast turns numbers, bool and enums alike into a number in constants"
        )]
        impl Options {
            /// The settings when nobody says anything.
            pub(crate) const DEFAULT: Self = Self { $( $name: $default, )+ };

            /// The table, one row an option, in the order of the fields.
            pub(crate) const ROWS: &'static [Row] = &[ $( Row {
                name: stringify!($name),
                #[cfg(test)]
                meaning: &[$( $meaning, )+],
                form: $form,
                default: $default as i64,
                light: first(&[$( $light as i64 )?]),
                strong: first(&[$( $strong as i64 )?]),
            }, )+];

            /// The value of the row `index`, as a number.
            pub(crate) fn get(&self, index: usize) -> Option<i64> {
                [$( self.$name as i64, )+].get(index).copied()
            }

            /// Sets the row `index` to a value which the row's form accepted.
            pub(super) fn set(&mut self, index: usize, raw: i64) {
                let mut row = 0_usize;
                $(
                    if row == index {
                        self.$name = <$kind as Setting>::of(raw);
                    }
                    row += 1;
                )+
                debug_assert!(index < row);
            }
        }
    };
}

/// The only element, if there is one.
const fn first(values: &[i64]) -> Option<i64> {
    match values {
        [value, ..] => Some(*value),
        [] => None,
    }
}

options! {
    /// Preset of several options at once: light, default or strong.
    /// What follows it in the list still counts.
    level: Level, Form::Word(Level::WORDS),
        default Level::Default, light Level::Light, strong Level::Strong;
    /// Fill a freed small allocation with zeros at once, so that no secret outlives it. Off, it keeps its
    /// contents and is zeroed when it is handed out again; of writes after free only those to the secret
    /// bytes at its end can then be seen. Large ones, on or off, are out of reach at once and zero when
    /// they are used again.
    zero_on_free: bool, Form::Switch, default true;
    /// Before memory is handed out again or its page goes back to the system, check that nobody wrote to
    /// it since it was freed. Off, it is handed out as it is found.
    check_on_reuse: bool, Form::Switch, default true;
    /// When an allocation is freed or resized, check what lies around it: the secret bytes at the end of
    /// its slot and of the slot before, and the unused bytes between it and those, or to the ends of its
    /// pages. Off, nobody looks at any of these, and sweep_at_exit does not either.
    canary: bool, Form::Switch, default true;
    /// Freed slots of up to 128 bytes that each thread holds back from reuse, for each class. Larger
    /// slots get fewer, in proportion to their size; those of more than 4 KiB an eighth as many at most,
    /// and 1 MiB a thread in all, but 2 to 4 of each whatever that comes to. Below level strong, of more than 4 threads each holds half as many, of more than 8 a quarter.
    quarantine: u32, Form::Number(0, 32768), default 192, light 96, strong 12288;
    /// Largest slot, in bytes, that is held back at all.
    quarantine_max_size: u32, Form::Size(0, 262_144), default 262_144, light 8192;
    /// Hand out small allocations in random order. Off, those that are new follow one another, and freed ones come
    /// again in the order in which they were freed: what is built together lies together.
    random_order: bool, Form::Switch, default true, light false;
    /// Average distance between guard pages among small allocations, in KiB; 0 places none.
    guard_interval_kib: u32, Form::Number(0, 1_048_576), default 64, light 256, strong 16;
    /// Use the kernel's lightweight guards where it has them; off forces separate mappings.
    guard_madvise: bool, Form::Switch, default true;
    /// Check the size that C++ sized delete and free_sized state.
    sized_free_check: bool, Form::Switch, default true;
    /// Check that malloc is paired with free, new with delete and new[] with delete[]. Many programs break
    /// this rule without harm.
    type_mismatch_check: bool, Form::Switch, default false;
    /// At exit, check every slot for overflows and for writes after free. Not looked at are the bytes
    /// below a slot whose lower neighbour was never used, slots whose memory went back to the system, and
    /// what lies around large allocations.
    sweep_at_exit: bool, Form::Switch, default false, strong true;
    /// Fill new memory with this byte instead of zeros, to find reads of uninitialised memory; that of
    /// calloc stays zero. Of one allocation no more than 64 MiB are filled.
    fill_pattern: Fill, Form::Byte, default NO_FILL;
    /// Return NULL when out of memory, or when more is asked for than there can be; off reports and stops
    /// instead.
    may_return_null: bool, Form::Switch, default true;
    /// Independent sets of small allocations that threads share; 0 chooses by processors.
    arenas: u32, Form::Number(0, 64), default 0;
    /// Most address space reserved at start for small allocations and their records, in GiB; less protects
    /// and serves less well, and suits tools that follow each mapping; 0 takes what the process may have.
    reserve_gib: u32, Form::Number(0, 1 << 17), default 0;
    /// Most memory of freed large allocations kept for reuse, in KiB; or the geometric mean of 16 MiB and
    /// what the live ones have, if that is more, or what the last one has, up to 32 MiB, where others follow
    /// at once; 0 keeps none.
    large_retained_kib: u64, Form::Number(0, 1 << 32), default 2048;
    /// Time after which unused memory goes back to the system, in milliseconds; sooner where other memory
    /// grows, but not with 3600000.
    decay_ms: u32, Form::Number(0, 3_600_000), default 500;
    /// Most resident memory the process may have, in MiB; 0 sets no limit. It is looked at a few times a
    /// second and whenever a part of it was opened, so the process may go a little beyond; what was allocated
    /// before and is touched only now is not held back.
    rss_limit_mb: u64, Form::Number(0, 1 << 32), default 0;
    /// At that limit, either fail allocations with NULL or report and stop.
    rss_limit_action: RssAction, Form::Word(RssAction::WORDS), default RssAction::Null;
    /// After reporting a fault either abort, or go on, which is meant for triage only.
    on_fault: FaultAction, Form::Word(FaultAction::WORDS), default FaultAction::Abort;
    /// With on_fault=report_only, how many faults are reported; of later ones nothing is said.
    report_count: u32, Form::Number(0, 1_000_000), default 10;
    /// Print statistics when the process exits. A copy of standard error is kept for that, since many programs
    /// close it in their last moments: who waits for its end waits for the process.
    stats_at_exit: bool, Form::Switch, default false;
    /// Keep the statistics where `starmalloc top` finds them, up to date as long as the program allocates.
    share_stats: bool, Form::Switch, default false;
    /// File descriptor that reports, warnings and statistics go to; standard error if it is not open.
    log_fd: i32, Form::Number(0, 1_048_576), default 2;
    /// At start, say in one line that the library is active, how it is set up, and which options differ
    /// from what the level says.
    verbose: bool, Form::Switch, default false;
    /// When an option is unknown or its value is not one that it can have: warn and apply the rest, or warn
    /// of all of them and stop.
    bad_option: BadOption, Form::Word(BadOption::WORDS), default BadOption::Warn;
    /// Give about one allocation in so many a mapping of its own between inaccessible pages, and
    /// remember who allocated and freed it: a touch out of bounds or after free is then reported when it
    /// happens. 0 takes none.
    sample: u32, Form::Number(0, 1 << 30), default 0;
    /// When a touch of the library's own guards, or of freed memory that is out of reach, ends the program,
    /// say what was touched. A sample greater than 0 does so too.
    report_touch: bool, Form::Switch, default false;
    /// Write a profile of the live heap to the file PATH.PID when the process exits, for `starmalloc
    /// profile`. No comma or colon can be in the path.
    profile: u32, Form::Path, default 0;
    /// Average number of bytes, in KiB, that one sample of the profile stands for.
    profile_interval_kib: u32, Form::Number(1, 1 << 20), default 512;
    /// Signal that writes a profile too, to the files PATH.PID.1, PATH.PID.2 and so on; 0 is none. The
    /// library's handler is set at start: a program that sets its own later gets none. Not one
    /// that ends programs in any case, or tells of a fault of the processor.
    profile_signal: i32, Form::Number(0, 64), default 0;
    /// Make dlopen drop RTLD_DEEPBIND, which would give a library another allocator.
    deepbind_fix: bool, Form::Switch, default true;
    /// Ask the kernel for huge pages for small allocations; off asks for none. A huge page holds no guard:
    /// without a guard_interval_kib of several thousand, or of 0, there is no room for any.
    thp: bool, Form::Switch, default false;
}

/// The type of `fill_pattern`: a byte, or [`NO_FILL`].
pub(crate) type Fill = i16;

/// The value of `fill_pattern` which leaves new memory zero.
pub(crate) const NO_FILL: Fill = -1;

impl Options {
    /// The byte that new memory is filled with, unless it is to be zero, as it is anyway.
    pub(crate) fn fill(&self) -> Option<u8> {
        u8::try_from(self.fill_pattern).ok().filter(|byte| *byte != 0)
    }

    /// Whether these are protections that the hot paths give: no less and no more.
    pub(crate) fn suit_hot_paths(&self) -> bool {
        self.zero_on_free
            && self.check_on_reuse
            && self.canary
            && !self.type_mismatch_check
            && self.fill().is_none()
    }

    /// The rows and values that differ from what the level alone would set.
    pub(crate) fn choices(&self) -> impl Iterator<Item = (&'static Row, i64)> + use<'_> {
        let mut usual = Self::DEFAULT;
        usual.set_level(self.level);
        let rows = Self::ROWS.iter().enumerate();
        rows.filter_map(move |(index, row)| {
            let value = self.get(index)?;
            (usual.get(index) != Some(value)).then_some((row, value))
        })
    }

    /// Sets every option that levels set to its value at `level`.
    pub(crate) fn set_level(&mut self, level: Level) {
        for (index, row) in Self::ROWS.iter().enumerate() {
            if let Some(raw) = row.at(level) {
                self.set(index, raw);
            }
        }
    }
}

/// Makes an enum whose values have names in the list, in the order of declaration.
macro_rules! words {
    (
        $(#[$doc:meta])+
        $name:ident { $first:ident = $first_word:literal, $($rest:ident = $word:literal,)+ }
    ) => {
        $(#[$doc])+
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(crate) enum $name {
            #[doc = concat!("`", $first_word, "`")]
            $first,
            $( #[doc = concat!("`", $word, "`")] $rest, )+
        }

        impl $name {
            /// The words for the values; a value's number is its word's position.
            pub(crate) const WORDS: &'static [&'static str] = &[$first_word, $($word),+];
        }

        impl Setting for $name {
            fn of(raw: i64) -> Self {
                $( if raw == Self::$rest as i64 { return Self::$rest; } )+
                Self::$first
            }
        }
    };
}

words! {
    /// How much protection for how much time and memory.
    Level { Light = "light", Default = "default", Strong = "strong", }
}

words! {
    /// What happens at the limit on resident memory.
    RssAction { Null = "null", Stop = "stop", }
}

words! {
    /// What happens when a list of options makes no sense.
    BadOption { Warn = "warn", Stop = "stop", }
}

words! {
    /// What happens after a fault was reported.
    FaultAction { Abort = "abort", ReportOnly = "report_only", }
}

impl Setting for bool {
    fn of(raw: i64) -> Self {
        raw != 0
    }
}

/// The types whose value is the number itself; each row's form keeps to the type's range.
macro_rules! plain_numbers {
    ($($kind:ty)+) => { $(
        impl Setting for $kind {
            fn of(raw: i64) -> Self {
                raw as Self
            }
        }
    )+ };
}

plain_numbers! { u32 u64 i32 Fill }
