//! What is said above the classes.

use std::fmt::Write as _;

use super::figures::Figures;
use crate::status::megabytes;

/// Lines that it has.
pub(super) const HEAD_LINES: usize = 3;

/// What is known of the process at this moment, beside its figures.
pub(super) struct Head {
    pub(super) pid: i32,
    pub(super) name: String,
    /// How old the figures are.
    pub(super) age_ms: u64,
    pub(super) resident_bytes: u64,
    pub(super) mappings: usize,
    /// Page faults per second, once there are two looks.
    pub(super) fault_rate: Option<f64>,
}

impl Head {
    /// The lines, short enough for a terminal of 80 columns.
    pub(super) fn text(&self, figures: &Figures) -> String {
        let mut text = String::new();
        let rate = self.fault_rate.map_or_else(|| "-".to_owned(), |rate| format!("{rate:.0}"));
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{} ({})  as of {} ago  resident {}  mappings {}",
            self.pid,
            self.name,
            age(self.age_ms),
            megabytes(self.resident_bytes),
            self.mappings
        );
        let _ = writeln!(
            text,
            "small {}  large {} in {}  retained {}",
            megabytes(figures.small_live_bytes()),
            megabytes(figures.large_live_bytes),
            figures.large_live,
            megabytes(figures.retained_bytes)
        );
        let _ = writeln!(
            text,
            "page faults/s {rate}  purged {}  guards {}  samples {}",
            megabytes(figures.purged_bytes),
            figures.guards,
            figures.samples
        );
        text
    }
}

/// Milliseconds in few letters.
fn age(ms: u64) -> String {
    match ms {
        ..10_000 => format!("{}.{}s", ms / 1000, ms % 1000 / 100),
        10_000..100_000 => format!("{}s", ms / 1000),
        100_000..6_000_000 => format!("{}m", ms / 60_000),
        _ => format!("{}h", ms / 3_600_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_fit_a_terminal_when_all_is_large() {
        let head = Head {
            pid: 4_194_303,
            name: "fifteen letters".to_owned(),
            age_ms: 59 * 60_000,
            resident_bytes: 99_999 << 20,
            mappings: 65_530,
            fault_rate: Some(99_999.0),
        };
        let mut words = vec![0; 18];
        for (place, figure) in [(6, 99_999), (7, 99_999 << 20), (9, 9_999 << 20)] {
            words[place] = figure;
        }
        for (place, figure) in [(10, 999_999), (12, 999_999 << 20), (14, 99_999)] {
            words[place] = figure;
        }
        let text = head.text(&Figures::of(&words));
        assert_eq!(text.lines().count(), HEAD_LINES);
        for line in text.lines() {
            assert!(line.len() <= 80, "{} columns: {line}", line.len());
        }
    }

    #[test]
    fn ages_are_short() {
        for (ms, text) in [(0, "0.0s"), (9_999, "9.9s"), (61_000, "61s"), (300_000, "5m")] {
            assert_eq!(age(ms), text);
        }
        assert_eq!(age(90 * 3_600_000), "90h");
    }
}
