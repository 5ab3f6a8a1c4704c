//! The extra pass, whose times do not count: system calls under strace, and mappings.

use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use crate::allocator::Allocator;
use crate::process::{Bench, Mode, Running, bare};
use crate::server;
use crate::workload::{Workload, installed};

const LOOK_EVERY: Duration = Duration::from_millis(10);

/// What the extra pass counted for one workload and allocator.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Trace {
    pub(crate) workload: String,
    pub(crate) allocator: String,
    /// The most mappings any process had when looked at, every ten milliseconds.
    pub(crate) mappings: usize,
    /// `None` without strace, or if the run failed.
    pub(crate) system_calls: Option<u64>,
    pub(crate) by_name: BTreeMap<String, u64>,
}

/// Whether system calls can be counted here.
pub(crate) fn strace() -> Option<PathBuf> {
    installed("strace")
}

/// Runs `workload` once more under `allocator` and counts.
pub(crate) fn take(bench: &Bench, workload: &Workload, allocator: &Allocator) -> Result<Trace> {
    // Twice, because strace slows a program so much that short peaks of mappings would be seen
    // at other times than in a free run.
    let mappings = run(bench, workload, allocator, None)?;
    let mut by_name = BTreeMap::new();
    if let Some(strace) = strace() {
        let counts = bench.scratch.join("strace.txt");
        let _ = fs::remove_file(&counts);
        run(bench, workload, allocator, Some((&strace, &counts)))?;
        by_name = parse(&fs::read_to_string(&counts).unwrap_or_default());
    }
    Ok(Trace {
        workload: workload.name.clone(),
        allocator: allocator.name.clone(),
        mappings,
        system_calls: (!by_name.is_empty()).then(|| by_name.values().sum()),
        by_name,
    })
}

fn run(
    bench: &Bench,
    workload: &Workload,
    allocator: &Allocator,
    strace: Option<(&Path, &Path)>,
) -> Result<usize> {
    let port = server::free_port()?;
    let prepared = bench.prepare(workload, allocator, Some(port));
    let (words, variables) = match strace {
        // strace sets the variables itself, so that it is not preloaded.
        Some((strace, counts)) => {
            let mut words: Vec<String> =
                [&strace.display().to_string(), "-f", "-c", "-U", "calls,name", "-o"]
                    .map(str::to_owned)
                    .to_vec();
            words.push(counts.display().to_string());
            for (name, value) in &prepared.variables {
                words.extend(["-E".to_owned(), format!("{name}={value}")]);
            }
            words.extend(prepared.words);
            (words, Vec::new())
        }
        None => (prepared.words, prepared.variables),
    };
    let Some((program, arguments)) = prepared.client.split_first() else {
        return watch(bench.start(Mode::Wait, &variables, &words)?);
    };
    let mut running = bench.start(Mode::Serve, &variables, &words)?;
    if !server::answers(port, &mut running) {
        running.finish()?;
        return Ok(0);
    }
    bare(Path::new(program), &bench.scratch)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    let most = running.pid().map_or(0, mappings_of_group);
    running.finish()?;
    Ok(most)
}

/// Looks at a running program until it ends.
fn watch(mut running: Running) -> Result<usize> {
    let mut most = 0;
    while running.is_alive() {
        if let Some(group) = running.pid() {
            most = most.max(mappings_of_group(group));
        }
        sleep(LOOK_EVERY);
    }
    running.finish()?;
    Ok(most)
}

/// The most mappings that a process of the group has now.
fn mappings_of_group(group: u32) -> usize {
    let Ok(processes) = fs::read_dir("/proc") else {
        return 0;
    };
    processes
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| group_of(path) == Some(group))
        .filter_map(|path| fs::read_to_string(path.join("maps")).ok())
        .map(|maps| maps.lines().count())
        .max()
        .unwrap_or(0)
}

/// The process group is the third field after the name, which may itself hold spaces.
fn group_of(process: &Path) -> Option<u32> {
    let text = fs::read_to_string(process.join("stat")).ok()?;
    let (_, after_name) = text.rsplit_once(')')?;
    after_name.split_whitespace().nth(2)?.parse().ok()
}

/// Reads strace's table of `calls name` lines between two rules.
fn parse(table: &str) -> BTreeMap<String, u64> {
    table
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let calls = words.next()?.parse().ok()?;
            let name = words.next()?;
            (name != "total").then(|| (name.to_owned(), calls))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_not_a_system_call() {
        let table = "    calls syscall\n--------- ----\n       12 mmap\n        3 brk\n--------- ----\n       15 total\n";
        let counts = parse(table);
        assert_eq!(counts.values().sum::<u64>(), 15);
        assert_eq!(counts.get("mmap"), Some(&12));
    }
}
