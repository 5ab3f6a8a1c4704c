//! Starts a program under an allocator, through the helper that measures it.

use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::allocator::Allocator;
use crate::compile::Programs;
use crate::workload::{Kind, Values, Workload, installed};

/// Everything a run needs beside the workload and the allocator.
pub(crate) struct Bench {
    pub(crate) programs: Programs,
    pub(crate) scratch: PathBuf,
    pub(crate) quick: bool,
    pub(crate) timeout: u32,
}

/// A workload's command with all placeholders filled.
pub(crate) struct Prepared {
    pub(crate) words: Vec<String>,
    pub(crate) client: Vec<String>,
    pub(crate) variables: Vec<(String, String)>,
}

impl Bench {
    /// The command of `workload` under `allocator`; `port` is for servers.
    pub(crate) fn prepare(
        &self,
        workload: &Workload,
        allocator: &Allocator,
        port: Option<u16>,
    ) -> Prepared {
        let values = Values { quick: self.quick, scratch: &self.scratch, port };
        let fill = |parts: &[String]| -> Vec<String> {
            parts.iter().map(|part| workload.filled(part, &values)).collect()
        };
        match &workload.kind {
            Kind::Pattern { source, settings } => {
                let program = self.programs.path(source).display().to_string();
                let words = [program].into_iter().chain(fill(settings)).collect();
                Prepared { words, client: Vec::new(), variables: allocator.variables(false) }
            }
            Kind::Program { command, client, environment, links_an_allocator, .. } => {
                let mut variables = allocator.variables(*links_an_allocator);
                variables.extend(environment.clone());
                Prepared {
                    words: with_path(fill(command)),
                    client: with_path(fill(client)),
                    variables,
                }
            }
        }
    }

    /// Starts `words` through the helper, which adds `variables` for them alone.
    pub(crate) fn start(
        &self,
        mode: Mode,
        variables: &[(String, String)],
        words: &[String],
    ) -> Result<Running> {
        let result = self.scratch.join("result.txt");
        let _ = fs::remove_file(&result);
        let output = File::create(self.scratch.join("output.txt"))?;
        let errors = File::create(self.scratch.join("errors.txt"))?;
        let (mode, input) = match mode {
            Mode::Wait => ("wait", Stdio::null()),
            Mode::Serve => ("serve", Stdio::piped()),
        };
        let child = bare(&self.programs.measure(), &self.scratch)
            .arg(&result)
            .arg(self.timeout.to_string())
            .arg(mode)
            .args(variables.iter().map(|(name, value)| format!("{name}={value}")))
            .arg("--")
            .args(words)
            .stdin(input)
            .stdout(output)
            .stderr(errors)
            .spawn()
            .context("cannot start the measuring helper")?;
        Ok(Running { child, scratch: self.scratch.clone(), result })
    }
}

/// Whether the helper waits for a program's end or stops it.
pub(crate) enum Mode {
    Wait,
    Serve,
}

/// A command with an environment that is the same everywhere: a variable left over from the
/// caller's shell must not tune one of the allocators.
pub(crate) fn bare(program: &Path, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", directory)
        .env("LC_ALL", "C")
        .current_dir(directory);
    command
}

/// Replaces a command's name by where it is installed.
fn with_path(mut words: Vec<String>) -> Vec<String> {
    if let Some(first) = words.first_mut()
        && let Some(path) = installed(first)
    {
        *first = path.display().to_string();
    }
    words
}

/// A program that was started.
pub(crate) struct Running {
    child: Child,
    scratch: PathBuf,
    result: PathBuf,
}

impl Running {
    /// The measured program's process, once the helper has said it.
    pub(crate) fn pid(&self) -> Option<u32> {
        fields(&self.result).get("pid")?.parse().ok()
    }

    /// Whether the helper is still waiting for it.
    pub(crate) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Stops a server and waits for the end of any program.
    pub(crate) fn finish(mut self) -> Result<Finished> {
        drop(self.child.stdin.take());
        self.child.wait()?;
        let read = |name| fs::read(self.scratch.join(name)).unwrap_or_default();
        Ok(Finished {
            counted: fields(&self.result),
            output: String::from_utf8_lossy(&read("output.txt")).into_owned(),
            errors: String::from_utf8_lossy(&read("errors.txt")).into_owned(),
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Only an early return gets here with the helper alive; it kills the program when its
        // standard input ends or, for a program that is waited for, at the time limit.
        drop(self.child.stdin.take());
    }
}

/// What is known once a program has ended.
pub(crate) struct Finished {
    counted: BTreeMap<String, String>,
    pub(crate) output: String,
    errors: String,
}

impl Finished {
    /// A number the helper counted.
    pub(crate) fn number(&self, name: &str) -> f64 {
        self.counted.get(name).and_then(|text| text.parse().ok()).unwrap_or_default()
    }

    /// A `name=value` line that the program printed.
    pub(crate) fn printed(&self, name: &str) -> Option<&str> {
        self.output.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
    }

    /// Why the run does not count, if it does not.
    pub(crate) fn failure(&self) -> Option<String> {
        let first_error = self.errors.lines().next().unwrap_or_default();
        let reason = if !self.counted.contains_key("exit") {
            "could not be measured".to_owned()
        } else if self.number("timed_out") != 0.0 {
            "exceeded the time limit".to_owned()
        } else if self.number("signal") != 0.0 {
            format!("ended by signal {}", self.number("signal"))
        } else if self.number("exit") != 0.0 {
            format!("exit status {}", self.number("exit"))
        } else {
            return None;
        };
        Some(if first_error.is_empty() { reason } else { format!("{reason}: {first_error}") })
    }
}

fn fields(path: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
