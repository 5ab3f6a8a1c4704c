//! What start-up has to say: that the library is active, and what is wrong with the options.

use crate::options::{self, Form, Warning};
use crate::region::sealed::sealed;
use crate::report;
use crate::sample::profile;

/// Says which part of a list of options made no sense.
#[inline(never)]
pub(super) fn warn(source: &str, warning: Warning<'_>) {
    report::say(|line| {
        line.text("warning: ").text(source).text(": ");
        warning.describe(&mut |part| {
            line.printable(part);
        });
    });
}

/// One line that says the library is active.
#[inline(never)]
pub(super) fn announce() {
    let all = sealed();
    report::say(|line| {
        line.text("version ").text(env!("CARGO_PKG_VERSION")).text(" active, level ");
        line.text(options::Level::WORDS.get(all.options.level as usize).copied().unwrap_or("?"));
        line.text(", layout rung ").count(all.rung as usize);
        line.text(", page ").count(all.page);
        line.text(", guards by ").text(if all.guard_advice { "madvise" } else { "mprotect" });
        line.text(", mseal ").text(if all.mappings_are_sealed { "yes" } else { "no" });
        let mut before = ", options ";
        for (row, value) in all.options.choices() {
            line.text(core::mem::replace(&mut before, ",")).text(row.name).text("=");
            match row.form {
                Form::Path => profile::path().for_each(|byte| {
                    line.printable(&[byte]);
                }),
                form => form.show(value, &mut |part| {
                    line.printable(part);
                }),
            }
        }
    });
}
