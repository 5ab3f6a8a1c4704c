//! Says what is being run and how long it will take.

use std::io::{self, IsTerminal, Write};
use std::time::Instant;

/// Counts steps on standard error: one line that is rewritten on a terminal, one line for every
/// twentieth of the work elsewhere, so that a log stays readable.
pub(crate) struct Progress {
    started: Instant,
    total: usize,
    done: usize,
    twentieths: usize,
}

impl Progress {
    pub(crate) fn new(total: usize) -> Self {
        Self { started: Instant::now(), total: total.max(1), done: 0, twentieths: 0 }
    }

    /// Announces the step that begins now.
    pub(crate) fn step(&mut self, what: &str) {
        let left = if self.done == 0 {
            String::new()
        } else {
            let each = self.started.elapsed().as_secs_f64() / self.done as f64;
            format!(", {:.0} s left", each * (self.total - self.done.min(self.total)) as f64)
        };
        self.done += 1;
        let line = format!("[{}/{}{left}] {what}", self.done, self.total);
        let mut stream = io::stderr();
        // A closed standard error is no reason to lose the run.
        let _ = if stream.is_terminal() {
            write!(stream, "\r\x1b[2K{line}").and_then(|()| stream.flush())
        } else if self.done * 20 / self.total > self.twentieths || self.done == 1 {
            self.twentieths = self.done * 20 / self.total;
            writeln!(stream, "{line}")
        } else {
            Ok(())
        };
    }

    /// Ends the line.
    pub(crate) fn finish(&self) {
        if io::stderr().is_terminal() {
            eprintln!();
        }
        eprintln!("{} runs in {:.0} s", self.done, self.started.elapsed().as_secs_f64());
    }
}
