//! What a figure is worth nothing without: machine, kernel, commit, command.

use serde::{Deserialize, Serialize};
use std::env;
use std::fs;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::place;

/// Where, when and how a run was made.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct About {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) memory_mib: u64,
    pub(crate) kernel: String,
    pub(crate) libc: String,
    pub(crate) huge_pages: String,
    pub(crate) commit: String,
    pub(crate) command: String,
    pub(crate) unix_time: u64,
    pub(crate) load_before: String,
}

impl About {
    pub(crate) fn now() -> Self {
        Self {
            cpu: cpu(),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory_mib: memory_mib(),
            kernel: first_line("/proc/sys/kernel/osrelease"),
            libc: said_by("getconf", &["GNU_LIBC_VERSION"]),
            huge_pages: huge_pages(),
            commit: commit(),
            command: command(),
            unix_time: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_secs()),
            load_before: first_line("/proc/loadavg"),
        }
    }

    /// Three lines for the foot of tables and plots.
    pub(crate) fn lines(&self) -> [String; 3] {
        [
            format!(
                "{}, {} cores, {} MiB; Linux {}, {}, transparent huge pages {}",
                self.cpu, self.cores, self.memory_mib, self.kernel, self.libc, self.huge_pages
            ),
            format!(
                "commit {}, unix time {}, load before the run {}",
                self.commit, self.unix_time, self.load_before
            ),
            self.command.clone(),
        ]
    }
}

fn cpu() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    text.lines()
        .find(|line| line.starts_with("model name") || line.starts_with("CPU part"))
        .and_then(|line| line.split_once(':'))
        .map_or_else(|| env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}

fn memory_mib() -> u64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    kib.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// The word in brackets is the one in force.
fn huge_pages() -> String {
    let text = first_line("/sys/kernel/mm/transparent_hugepage/enabled");
    text.split(['[', ']']).nth(1).unwrap_or("unknown").to_owned()
}

fn first_line(path: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().next().unwrap_or("unknown").to_owned()
}

fn said_by(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(place::package()).output();
    match output {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        }
        _ => "unknown".to_owned(),
    }
}

fn commit() -> String {
    let commit = said_by("git", &["rev-parse", "--short=12", "HEAD"]);
    let changes = said_by("git", &["status", "--porcelain", "--untracked-files=no"]);
    if changes.is_empty() || commit == "unknown" { commit } else { format!("{commit} (modified)") }
}

/// The command line without the program's directory, which says nothing elsewhere.
fn command() -> String {
    let arguments = env::args().skip(1);
    ["bench".to_owned()].into_iter().chain(arguments).collect::<Vec<_>>().join(" ")
}
