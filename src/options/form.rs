//! What the text of a value may look like, and what number it stands for.
#![forbid(unsafe_code)]

use crate::base::digits::{Digits, value_of};

/// The kinds of value an option can have. Every value, of whatever kind, is read into an `i64`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// `1`, `true`, `yes`, `on` or `0`, `false`, `no`, `off`: one or zero.
    Switch,
    /// A whole number in a range, decimal or with `0x`.
    Number(i64, i64),
    /// Bytes in a range: a number with an optional suffix `k`, `m` or `g` (powers of 1024).
    Size(i64, i64),
    /// The value of one byte, or `none`, which reads as -1.
    Byte,
    /// An absolute path, or `none`, which reads as 0. It reads as its length; `value_in` has its text.
    Path,
    /// One of these words, which reads as its position.
    Word(&'static [&'static str]),
}

/// Bytes of the longest path.
pub(crate) const PATH_MOST: i64 = 200;

/// Words for one and zero, in pairs.
const SWITCHES: [(&str, &str); 4] = [("1", "0"), ("true", "false"), ("yes", "no"), ("on", "off")];

impl Form {
    /// The number that `text` stands for, or `None` when it is not of this form.
    pub(crate) fn read(self, text: &[u8]) -> Option<i64> {
        match self {
            Self::Switch => SWITCHES.iter().find_map(|(on, off)| {
                let is = |word: &str| text.eq_ignore_ascii_case(word.as_bytes());
                if is(on) {
                    Some(1)
                } else if is(off) {
                    Some(0)
                } else {
                    None
                }
            }),
            Self::Number(low, high) => number(text).filter(|n| (low..=high).contains(n)),
            Self::Size(low, high) => size(text).filter(|n| (low..=high).contains(n)),
            Self::Byte if text.eq_ignore_ascii_case(b"none") => Some(-1),
            Self::Byte => number(text).filter(|n| (0..=255).contains(n)),
            Self::Path if text.eq_ignore_ascii_case(b"none") => Some(0),
            Self::Path if text.first() != Some(&b'/') => None,
            Self::Path => i64::try_from(text.len()).ok().filter(|len| *len <= PATH_MOST),
            Self::Word(words) => words
                .iter()
                .position(|word| text.eq_ignore_ascii_case(word.as_bytes()))
                .and_then(|position| i64::try_from(position).ok()),
        }
    }

    /// Says in words what is accepted, piece by piece, to follow `expected `.
    pub(crate) fn describe(self, out: &mut dyn FnMut(&[u8])) {
        match self {
            Self::Switch => out(b"on or off"),
            Self::Number(low, high) => range(b"a number from ", low, high, out),
            Self::Size(low, high) => range(b"a size in bytes from ", low, high, out),
            Self::Byte => range(b"none or a number from ", 0, 255, out),
            Self::Path => out(b"an absolute path of at most 200 bytes or none"),
            Self::Word(words) => {
                for (i, word) in words.iter().enumerate() {
                    let before: &[u8] = match i {
                        0 => b"",
                        _ if i + 1 == words.len() => b" or ",
                        _ => b", ",
                    };
                    out(before);
                    out(word.as_bytes());
                }
            }
        }
    }

    /// Writes the value `raw` so that [`Form::read`] gives it back, piece by piece; that of a path is its length,
    /// of which only `none` can be told.
    pub(crate) fn show(self, raw: i64, out: &mut dyn FnMut(&[u8])) {
        match self {
            Self::Switch => out(if raw == 0 { b"off" } else { b"on" }),
            Self::Byte if raw < 0 => out(b"none"),
            Self::Path => out(b"none"),
            Self::Number(..) | Self::Size(..) | Self::Byte => signed(raw, out),
            Self::Word(words) => {
                let word = usize::try_from(raw).ok().and_then(|position| words.get(position));
                out(word.copied().unwrap_or("?").as_bytes());
            }
        }
    }
}

/// A whole number: an optional minus, then decimal digits or `0x` and hexadecimal ones.
fn number(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let (base, digits) = match digits {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest),
        _ => (10, digits),
    };
    if digits.is_empty() {
        return None;
    }
    let value = digits.iter().try_fold(0_u64, |sum, digit| {
        sum.checked_mul(base)?.checked_add(value_of(*digit, base)?)
    })?;
    let value = i64::try_from(value).ok()?;
    Some(if negative { -value } else { value })
}

/// A number of bytes with an optional binary suffix.
fn size(text: &[u8]) -> Option<i64> {
    let (digits, unit) = match text {
        [digits @ .., b'k' | b'K'] => (digits, 1 << 10),
        [digits @ .., b'm' | b'M'] => (digits, 1 << 20),
        [digits @ .., b'g' | b'G'] => (digits, 1 << 30),
        _ => (text, 1),
    };
    number(digits)?.checked_mul(unit)
}

/// Writes `what`, then a range.
fn range(what: &[u8], low: i64, high: i64, out: &mut dyn FnMut(&[u8])) {
    out(what);
    signed(low, out);
    out(b" to ");
    signed(high, out);
}

/// Writes a number that may be negative.
fn signed(value: i64, out: &mut dyn FnMut(&[u8])) {
    if value < 0 {
        out(b"-");
    }
    out(Digits::decimal(value.unsigned_abs()).as_bytes());
}
