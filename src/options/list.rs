//! Reads a list of settings: `name=value`, separated by commas or colons.
#![forbid(unsafe_code)]

use super::form::Form;
use super::table::{Level, Options, Setting};

/// A part of a list that was skipped, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Warning<'a> {
    /// There is no option of this name.
    UnknownName(&'a [u8]),
    /// The name is not followed by `=`.
    NoValue(&'a [u8]),
    /// The value is not of the option's form.
    BadValue {
        /// The option.
        name: &'static str,
        /// What the list says.
        value: &'a [u8],
        /// What it could have said.
        form: Form,
    },
}

impl Warning<'_> {
    /// Writes the warning in words, piece by piece, on one line and without its end.
    ///
    /// Text from the list is shown as it is; the receiver replaces what must not be printed.
    pub(crate) fn describe(&self, out: &mut dyn FnMut(&[u8])) {
        match *self {
            Self::UnknownName(name) => {
                out(b"unknown option '");
                out(name);
                out(b"' ignored");
            }
            Self::NoValue(name) => {
                out(b"option '");
                out(name);
                out(b"' ignored: expected name=value");
            }
            Self::BadValue { name, value, form } => {
                out(b"option ");
                out(name.as_bytes());
                out(b": bad value '");
                out(value);
                out(b"' ignored: expected ");
                form.describe(out);
            }
        }
    }
}

/// Applies every setting of `list` in order and calls `warn` for each part that makes no sense.
#[inline(never)]
pub(crate) fn apply(options: &mut Options, list: &[u8], warn: &mut dyn FnMut(Warning<'_>)) {
    for part in list.split(|byte| matches!(byte, b',' | b':')) {
        let part = part.trim_ascii();
        if part.is_empty() {
            continue;
        }
        if let Err(warning) = apply_one(options, part) {
            warn(warning);
        }
    }
}

/// The text of the last acceptable value that `list` gives the option `name`.
#[inline(never)]
pub(crate) fn value_in<'a>(list: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let row = Options::ROWS.iter().find(|row| row.name == name)?;
    let values = list.split(|byte| matches!(byte, b',' | b':')).filter_map(|part| {
        let mut halves = part.splitn(2, |byte| *byte == b'=');
        (halves.next()?.trim_ascii() == name.as_bytes()).then_some(halves.next()?.trim_ascii())
    });
    values.rev().find(|value| row.form.read(value).is_some())
}

/// Applies one setting.
fn apply_one<'a>(options: &mut Options, part: &'a [u8]) -> Result<(), Warning<'a>> {
    let mut halves = part.splitn(2, |byte| *byte == b'=');
    let name = halves.next().unwrap_or(part).trim_ascii();
    let found = Options::ROWS.iter().enumerate().find(|(_, row)| row.name.as_bytes() == name);
    let Some((index, row)) = found else {
        return Err(Warning::UnknownName(name));
    };
    let Some(value) = halves.next().map(<[u8]>::trim_ascii) else {
        return Err(Warning::NoValue(name));
    };
    let Some(raw) = row.form.read(value) else {
        return Err(Warning::BadValue { name: row.name, value, form: row.form });
    };
    if row.name == "level" {
        options.set_level(Level::of(raw));
    } else {
        options.set(index, raw);
    }
    Ok(())
}
