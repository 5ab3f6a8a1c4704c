//! What the library itself says when a program starts under it.

use std::path::Path;
use std::process::Command;

use super::Fact;
use crate::failure::Failure;
use crate::{options, preload};

/// The program that is started: it is everywhere, and does nothing.
const PROGRAM: &str = "/bin/true";
/// How the library is made to say how it is set up, on standard error.
const OPTIONS: &str = "verbose=1,log_fd=2";
/// How the library's complaints about its options begin.
const WARNING: &str = "starmalloc: warning: ";
/// The option that asks for a smaller layout.
const RESERVE: &str = "reserve_gib";

/// The outcome of starting a program under the library.
#[derive(Debug)]
pub(super) struct Trial {
    /// How the library is set up, if it said so.
    pub(super) setup: Option<Setup>,
    /// What was said on standard error, or why nothing was.
    output: String,
    /// Whether the program ended as it should.
    succeeded: bool,
}

/// What the line of the option `verbose` says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Setup {
    version: String,
    level: String,
    /// The step of the layout ladder, 0 being the largest layout.
    pub(super) rung: u32,
    /// Whether guards take the kernel's lightweight form.
    pub(super) has_guard_advice: bool,
    /// Whether mappings are sealed.
    pub(super) has_seals: bool,
}

impl Setup {
    /// Reads `starmalloc: version V active, level L, layout rung R, page P, guards by G, mseal S, options O`.
    fn read(line: &str) -> Option<Self> {
        let line = line.strip_prefix("starmalloc: version ")?;
        let (version, line) = line.split_once(" active, level ")?;
        let (level, line) = line.split_once(", layout rung ")?;
        let (rung, line) = line.split_once(", page ")?;
        let (_, line) = line.split_once(", guards by ")?;
        let (guards, line) = line.split_once(", mseal ")?;
        // What is not as the level says comes last.
        let seals = line.split_once(", options ").map_or(line, |(seals, _)| seals);
        Some(Self {
            version: version.to_owned(),
            level: level.to_owned(),
            rung: rung.parse().ok()?,
            has_guard_advice: guards == "madvise",
            has_seals: seals == "yes",
        })
    }
}

impl Trial {
    /// Starts a program that does nothing, with only the library preloaded and the options that the
    /// environment has, so that the answer is about what a program started here would get.
    pub(super) fn run(library: &Path) -> Self {
        let started = preload::with(None, library).and_then(|list| {
            let mut settings = std::env::var_os(options::VARIABLE).unwrap_or_default();
            settings.push(",");
            settings.push(OPTIONS);
            let mut command = Command::new(PROGRAM);
            command.env(preload::VARIABLE, list).env(options::VARIABLE, settings);
            command.output().map_err(|why| Failure::NotStarted(PROGRAM.into(), why))
        });
        match started {
            Ok(output) => {
                let text = String::from_utf8_lossy(&output.stderr).into_owned();
                let setup = text.lines().find_map(Setup::read);
                Self { setup, output: text, succeeded: output.status.success() }
            }
            Err(failure) => Self { setup: None, output: failure.to_string(), succeeded: false },
        }
    }

    /// Whether the library works, which, and in what layout.
    pub(super) fn facts(&self, library: &Path) -> Vec<Fact> {
        let place = library.display();
        let Some(setup) = self.setup.as_ref().filter(|_| self.succeeded) else {
            let said = self.output.trim();
            let said = if said.is_empty() { "nothing was said about it" } else { said };
            let how = if self.succeeded { "ran without it" } else { "did not run under it" };
            return vec![Fact::bad(
                "library",
                place.to_string(),
                format!("{PROGRAM} {how}: {said}"),
            )];
        };
        let version = format!("{place}, version {}, level {}", setup.version, setup.level);
        let mut facts = vec![Fact::good("library", version)];
        facts.extend(warnings(&self.output));
        let settings = std::env::var(options::VARIABLE).unwrap_or_default();
        facts.push(layout(setup.rung, &settings));
        facts
    }
}

/// What the library does not like about the options that the environment has.
fn warnings(output: &str) -> Option<Fact> {
    let warnings: Vec<_> = output.lines().filter_map(|line| line.strip_prefix(WARNING)).collect();
    let value = "not all of them are in force";
    (!warnings.is_empty()).then(|| Fact::note("options", value, warnings.join("\n")))
}

fn layout(rung: u32, settings: &str) -> Fact {
    let value = format!("rung {rung}");
    if rung == 0 {
        return Fact::good("layout", format!("{value}, the largest"));
    }
    let cause = match options::value(settings, RESERVE) {
        Some(gib) if gib != "0" => format!(
            "The option {RESERVE}={gib} of {} leaves less room and less randomness.",
            options::VARIABLE
        ),
        _ => {
            "Address space is short, so there is less room and less randomness. Look at the limits \
              below, above all at RLIMIT_AS (`ulimit -v`)."
                .to_owned()
        }
    };
    Fact::note("layout", value, cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_verbose_is_read() {
        let line = "starmalloc: version 0.1.0 active, level strong, layout rung 3, page 4096, \
                    guards by mprotect, mseal no, options verbose=on";
        let setup = Setup {
            version: "0.1.0".to_owned(),
            level: "strong".to_owned(),
            rung: 3,
            has_guard_advice: false,
            has_seals: false,
        };
        assert_eq!(Setup::read(line), Some(setup));
        assert_eq!(Setup::read("starmalloc: warning: of something"), None);
    }

    #[test]
    fn a_library_that_is_not_there_does_not_work() {
        let library = Path::new("/nonexistent/libstarmalloc.so");
        let facts = Trial::run(library).facts(library);
        assert_eq!(facts[0].verdict, super::super::Verdict::Bad);
        let advice = facts[0].advice.as_ref().unwrap();
        assert!(advice.contains("cannot be preloaded"), "{facts:?}");
        // The loader goes on without it.
        assert!(advice.contains("ran without it"), "{facts:?}");
    }
}
