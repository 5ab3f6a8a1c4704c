//! `starmalloc status`: which running processes use the library, and how.

mod memory;
mod modules;
mod usage;

use std::io::{self, Write};

use procfs::process::{self, Process};

pub(crate) use self::memory::Memory;
use self::usage::{Malloc, Usage};
pub(crate) use self::usage::{Trouble, shared_figures};
use crate::failure::{Failure, tell};
use crate::top::Figures;

/// The command line of `status`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// All processes: those that use the library are listed.
    #[arg(long, conflicts_with = "pids")]
    all: bool,
    /// The processes to look at.
    #[arg(value_name = "PID", required_unless_present = "all",
          value_parser = clap::value_parser!(i32).range(1..))]
    pids: Vec<i32>,
}

/// Prints a line for each process. The exit status is 0 when all of those that were named use the
/// library, or any of all; otherwise 1.
pub(crate) fn run(arguments: Arguments) -> Result<i32, Failure> {
    let done = if arguments.all { all() } else { named(&arguments.pids) };
    done.map(|fine| i32::from(!fine)).map_err(Failure::NoOutput)
}

fn named(pids: &[i32]) -> io::Result<bool> {
    let mut table = Table::default();
    let mut fine = true;
    for pid in pids {
        let found = Process::new(*pid).map_err(Trouble::from);
        match found.and_then(|process| Ok((usage::of(&process)?, process))) {
            Ok((usage, process)) => {
                fine &= usage.as_ref().is_some_and(is_in_use);
                table.add(&process, usage.as_ref())?;
            }
            Err(trouble) => {
                fine = false;
                tell(format_args!("process {pid} {trouble}"));
            }
        }
    }
    Ok(fine)
}

fn all() -> io::Result<bool> {
    let mut table = Table::default();
    let (mut fine, mut hidden) = (false, 0);
    for process in process::all_processes().map_err(io::Error::other)?.flatten() {
        match usage::of(&process) {
            Ok(Some(usage)) if !matches!(usage.malloc, Malloc::Hidden) => {
                fine |= is_in_use(&usage);
                table.add(&process, Some(&usage))?;
            }
            Err(Trouble::Forbidden) => hidden += 1,
            // Processes come and go while they are looked at.
            Ok(_) | Err(_) => {}
        }
    }
    if hidden > 0 {
        tell(format_args!("{hidden} more may not be looked at; root with CAP_SYS_PTRACE may"));
    }
    if !table.has_lines {
        tell("no process that may be looked at uses the library");
    }
    Ok(fine)
}

/// Whether the process allocates with the library, as far as can be told.
fn is_in_use(usage: &Usage) -> bool {
    !matches!(usage.malloc, Malloc::Theirs(_) | Malloc::Hidden)
}

/// Lines under a heading.
#[derive(Default)]
struct Table {
    has_lines: bool,
}

impl Table {
    fn add(&mut self, process: &Process, usage: Option<&Usage>) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if !self.has_lines {
            self.has_lines = true;
            let heading = ["PID", "VERSION", "LEVEL", "RESIDENT", "LIVE", "COMMAND", "MALLOC"];
            write_line(&mut out, heading)?;
        }
        let name = process.stat().map_or_else(|_| "?".to_owned(), |stat| stat.comm);
        let resident = usage::resident(process).map_or_else(|_| "?".to_owned(), megabytes);
        let live =
            usage.and_then(|_| live_bytes(process)).map_or_else(|| "-".to_owned(), megabytes);
        let known = |word: Option<&String>| word.map_or("?", String::as_str).to_owned();
        let (version, level, malloc) = match usage {
            None => ("-".to_owned(), "-".to_owned(), "not starmalloc".to_owned()),
            Some(usage) => {
                (known(usage.version.as_ref()), known(usage.level.as_ref()), whose(&usage.malloc))
            }
        };
        let pid = process.pid.to_string();
        write_line(&mut out, [&pid, &version, &level, &resident, &live, &printable(&name), &malloc])
    }
}

fn write_line(
    out: &mut impl Write,
    [pid, version, level, resident, live, name, malloc]: [&str; 7],
) -> io::Result<()> {
    writeln!(
        out,
        "{pid:>7}  {version:<8} {level:<8} {resident:>11} {live:>11}  {name:<16} {malloc}"
    )
}

/// Bytes that the process has allocated, if it shares its figures.
fn live_bytes(process: &Process) -> Option<u64> {
    let (memory, place) = shared_figures(process).ok()??;
    Some(Figures::read(&memory, place).ok()??.live_bytes())
}

fn whose(malloc: &Malloc) -> String {
    match malloc {
        Malloc::Ours => "starmalloc".to_owned(),
        Malloc::Theirs(module) => format!("of {}", module.display()),
        Malloc::Unknown => "loaded; whose cannot be told".to_owned(),
        Malloc::Hidden => "cannot be told: static, its symbols were stripped".to_owned(),
    }
}

/// Bytes in tenths of a MiB.
pub(crate) fn megabytes(bytes: u64) -> String {
    let tenths = bytes * 10 / (1 << 20);
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

/// A name that a process chose for itself, without what a terminal would obey.
pub(crate) fn printable(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '.' } else { c }).collect()
}
