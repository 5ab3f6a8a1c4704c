//! `starmalloc top`: what a running process has allocated, again and again.

mod figures;
mod head;

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use procfs::process::Process;

pub(crate) use self::figures::Figures;
use self::head::{HEAD_LINES, Head};
use crate::failure::Failure;
use crate::linked::Linked;
use crate::status::{Memory, Trouble, printable, shared_figures};

/// Lines and columns of a terminal that does not say how many it has.
const ROOM: [usize; 2] = [24, 80];
/// How long a process may take until it has figures.
const PATIENCE: Duration = Duration::from_secs(1);
/// The same until `run` has started it.
const STARTING: Duration = Duration::from_secs(20);
const NOTHING_SHARED: &str = "shares no figures: start it with STARMALLOC_OPTIONS=share_stats=on";
const NO_SYMBOLS: &str = "has no symbols, without which the figures of a library that is linked in are not found: \
                          keep its symbol table (strip --strip-debug)";
/// Clears a terminal and goes to its first line.
const CLEAR: &str = "\x1b[H\x1b[2J";

/// The command line of `top`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Seconds between two looks.
    #[arg(short, long, value_name = "SECONDS", default_value_t = 1.0, value_parser = seconds)]
    interval: f64,
    /// End after so many looks; without it, when the process ends.
    #[arg(short = 'n', long, value_name = "LOOKS")]
    count: Option<u64>,
    /// The process to watch. It must have been started with the option share_stats=on.
    #[arg(value_name = "PID", value_parser = clap::value_parser!(i32).range(1..))]
    pid: i32,
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.05..=3600.0).contains(&seconds) {
        Ok(seconds)
    } else {
        Err("from 0.05 to 3600".to_owned())
    }
}

/// Shows the figures until the process ends, or as often as was asked. On a terminal each picture
/// takes the place of the one before, and as many classes are shown as there is room for.
pub(crate) fn run(arguments: &Arguments) -> Result<i32, Failure> {
    let pid = arguments.pid;
    let failure = |trouble: Trouble| Failure::NoFigures(pid, trouble.to_string());
    let process = Process::new(pid).map_err(|error| failure(error.into()))?;
    let find = || first_figures(&process).map_err(|why| Failure::NoFigures(pid, why));
    let (mut memory, mut place) = find()?;
    // One that is no more than a typewriter cannot be cleared.
    let can_clear = std::env::var_os("TERM").is_some_and(|name| !name.is_empty() && name != "dumb");
    let is_terminal = io::stdout().is_terminal() && can_clear;
    let mut before: Option<(Instant, u64)> = None;
    let mut looks = 0;
    while arguments.count.is_none_or(|count| looks < count) {
        if looks > 0 {
            sleep(Duration::from_secs_f64(arguments.interval));
        }
        looks += 1;
        let Some(faults) = page_faults(&process) else { break };
        let mut read = Figures::read(&memory, place);
        // Memory that cannot be read any more is that of a program in whose place there is another, or none.
        if read.is_err() {
            match find() {
                Ok(found) => (memory, place) = found,
                Err(_) if page_faults(&process).is_none() => break,
                Err(failure) => return Err(failure),
            }
            read = Figures::read(&memory, place);
        }
        // The process was stopped while it wrote them; one that has ended is noticed at the next look.
        let Ok(read) = read else { continue };
        let Some(figures) = read else {
            return Err(Failure::NoFigures(pid, NOTHING_SHARED.to_owned()));
        };
        let now = Instant::now();
        let rate = before.map(|(then, earlier)| {
            faults.saturating_sub(earlier) as f64 / now.duration_since(then).as_secs_f64()
        });
        before = Some((now, faults));
        let [lines, columns] = if is_terminal { room() } else { [usize::MAX; 2] };
        let start = if is_terminal { CLEAR } else { "" };
        let picture = cut(&picture(&process, &figures, rate, lines), columns);
        let mut out = io::stdout().lock();
        write!(out, "{start}{picture}").and_then(|()| out.flush()).map_err(Failure::NoOutput)?;
    }
    Ok(0)
}

/// Page faults of a process so far; `None` when it has ended.
fn page_faults(process: &Process) -> Option<u64> {
    let stat = process.stat().ok()?;
    (!matches!(stat.state, 'Z' | 'X')).then_some(stat.minflt + stat.majflt)
}

/// Where the figures are, once there are any: a program that was started just now needs a moment.
fn first_figures(process: &Process) -> Result<(Memory, u64), String> {
    let launcher = std::env::current_exe().ok();
    let is_launcher = || launcher.is_some() && process.exe().ok() == launcher;
    let mut start = Instant::now();
    let last = start + STARTING;
    loop {
        if is_launcher() && Instant::now() < last {
            // It has yet to become the program.
            start = Instant::now();
        } else {
            let found = shared_figures(process).map_err(|trouble| trouble.to_string())?;
            let is_there =
                |place: u64, memory: &Memory| memory.word(place).is_ok_and(|size| size > 0);
            let is_used = match found {
                Some((memory, place)) if is_there(place, &memory) => return Ok((memory, place)),
                found => found.is_some(),
            };
            if start.elapsed() > PATIENCE {
                return Err(why_none(process.pid, is_used).to_owned());
            }
        }
        sleep(PATIENCE / 20);
    }
}

/// Why a process has no figures, which uses a library that knows of such or not.
fn why_none(pid: i32, is_used: bool) -> &'static str {
    if is_used {
        NOTHING_SHARED
    } else if has_no_symbols(pid) {
        NO_SYMBOLS
    } else {
        "does not use the library, or a version without figures"
    }
}

/// Whether the program of a process may be linked with the library, and does not tell where that is.
fn has_no_symbols(pid: i32) -> bool {
    Linked::of_file(Path::new(&format!("/proc/{pid}/exe"))) != Linked::No
}

/// Lines and columns that the terminal has.
fn room() -> [usize; 2] {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok();
    size.filter(|size| size.ws_row > 0 && size.ws_col > 0)
        .map_or(ROOM, |size| [usize::from(size.ws_row).max(8), size.ws_col.into()])
}

/// The text with each line no longer than `columns`: one that goes on in the next would push others out.
fn cut(text: &str, columns: usize) -> String {
    text.lines().flat_map(|line| line.chars().take(columns).chain(['\n'])).collect()
}

/// All that is shown at once, in no more than `most` lines.
fn picture(process: &Process, figures: &Figures, fault_rate: Option<f64>, most: usize) -> String {
    let mut text = String::new();
    let name = process.stat().map_or_else(|_| "?".to_owned(), |stat| stat.comm);
    let pages = process.statm().map_or(0, |statm| statm.resident);
    let maps = process.smaps().map_or_else(|_| Vec::new(), |maps| maps.0);
    let in_classes = figures.resident(maps.iter().map(|mapping| {
        (mapping.address.0, mapping.extension.map.get("Rss").copied().unwrap_or(0))
    }));
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let now_ms = (now.tv_sec * 1000 + now.tv_nsec / 1_000_000).unsigned_abs();
    let head = Head {
        pid: process.pid,
        name: printable(&name),
        age_ms: now_ms.saturating_sub(figures.time_ms),
        resident_bytes: pages * rustix::param::page_size() as u64,
        mappings: maps.len(),
        fault_rate,
    };
    text.push_str(&head.text(figures));
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "{:>7} {:>10} {:>11} {:>10} {:>10} {:>11} {:>11}",
        "CLASS", "LIVE", "LIVE BYTES", "QUARANTINE", "FREE", "COMMITTED", "RESIDENT"
    );
    let mut classes = figures.classes.clone();
    let shown = most.saturating_sub(HEAD_LINES + 2).max(1);
    if classes.len() > shown {
        // The largest are what one wants to see.
        classes.sort_by_key(|class| std::cmp::Reverse(class.committed_bytes));
        classes.truncate(shown);
        classes.sort_by_key(|class| class.slot_bytes);
    }
    for class in classes {
        let _ = writeln!(
            text,
            "{:>7} {:>10} {:>11} {:>10} {:>10} {:>11} {:>11}",
            class.slot_bytes,
            class.live,
            class.live_bytes,
            class.quarantined,
            class.free,
            class.committed_bytes,
            in_classes.get(class.number).copied().unwrap_or(0)
        );
    }
    text
}
