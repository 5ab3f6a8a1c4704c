//! Runs the workloads under the allocators, interleaved.

use anyhow::{Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::allocator::{self, Allocator, BASELINE};
use crate::cli::Run;
use crate::compile::Programs;
use crate::machine::About;
use crate::place;
use crate::process::Bench;
use crate::progress::Progress;
use crate::report::{AllocatorRow, Report, WorkloadRow};
use crate::sample::{self, Sample};
use crate::trace;
use crate::workload::{self, Workload};

const ROUNDS: usize = 5;
/// Seconds; the slowest workload takes about one under glibc.
const TIMEOUT: u32 = 120;
const QUICK_TIMEOUT: u32 = 10;

/// Runs what the options ask for.
pub(crate) fn run(options: &Run) -> Result<Report> {
    let about = About::now();
    let contestants = &options.contestants;
    let (allocators, mut notes) = allocator::chosen(&contestants.named, &contestants.peers)?;
    let (workloads, skipped): (Vec<Workload>, Vec<Workload>) = workload::load(&options.filter)?
        .into_iter()
        .partition(|workload| workload.missing_program().is_none());
    for workload in &skipped {
        let program = workload.missing_program().unwrap_or_default();
        notes.push(format!("{} is skipped ({program} is not installed)", workload.name));
    }
    if options.trace && trace::strace().is_none() {
        notes.push("system calls are not counted (strace is not installed)".to_owned());
    }
    for note in &notes {
        eprintln!("note: {note}");
    }
    if workloads.is_empty() {
        bail!("nothing is left to run");
    }

    let programs = Programs::new()?;
    programs.build_patterns(&workloads)?;
    let bench = Bench {
        programs,
        scratch: place::scratch()?,
        quick: options.quick,
        timeout: options.timeout.unwrap_or(if options.quick { QUICK_TIMEOUT } else { TIMEOUT }),
    };
    let rounds = options.rounds.unwrap_or(if options.quick { 1 } else { ROUNDS });
    let passes = rounds + usize::from(options.trace);
    let mut progress = Progress::new(passes * workloads.len() * allocators.len());
    let mut samples = timed(&bench, &workloads, &allocators, rounds, &mut progress)?;
    compare_checksums(&mut samples);
    let mut traces = Vec::new();
    if options.trace {
        for (workload, allocator) in pairs(&workloads, &allocators, 0) {
            progress.step(&format!("counting  {}  {}", workload.name, allocator.name));
            traces.push(trace::take(&bench, workload, allocator)?);
        }
    }
    progress.finish();
    fs::remove_dir_all(&bench.scratch)?;

    Ok(Report {
        about,
        rounds,
        quick: options.quick,
        notes,
        allocators: allocators.iter().map(AllocatorRow::of).collect(),
        workloads: workloads.iter().map(WorkloadRow::of).collect(),
        samples,
        traces,
    })
}

/// Every allocator after another on the same workload, every workload in every round: a drift of
/// the machine, be it of seconds or of minutes, meets all of them.
fn timed(
    bench: &Bench,
    workloads: &[Workload],
    allocators: &[Allocator],
    rounds: usize,
    progress: &mut Progress,
) -> Result<Vec<Sample>> {
    let mut samples = Vec::new();
    let mut given_up = BTreeSet::new();
    for round in 0..rounds {
        for (workload, allocator) in pairs(workloads, allocators, round) {
            let pair = (workload.name.clone(), allocator.name.clone());
            progress.step(&format!("round {}  {}  {}", round + 1, pair.0, pair.1));
            // A failure is a fact already; repeating it costs up to the time limit each round.
            if given_up.contains(&pair) {
                continue;
            }
            let sample = sample::take(bench, workload, allocator, round)?;
            if sample.failure.is_some() {
                given_up.insert(pair);
            }
            samples.push(sample);
        }
    }
    Ok(samples)
}

/// All pairs, the first allocator changing from round to round: whoever comes first finds colder
/// caches.
fn pairs<'a>(
    workloads: &'a [Workload],
    allocators: &'a [Allocator],
    round: usize,
) -> impl Iterator<Item = (&'a Workload, &'a Allocator)> {
    workloads.iter().flat_map(move |workload| {
        let order = (0..allocators.len()).map(move |i| (i + round) % allocators.len());
        order.map(move |i| (workload, &allocators[i]))
    })
}

/// A result that differs from glibc's is a failure, however fast it came.
fn compare_checksums(samples: &mut [Sample]) {
    let expected: BTreeMap<String, Option<String>> = samples
        .iter()
        .filter(|sample| sample.allocator == BASELINE && sample.failure.is_none())
        .map(|sample| (sample.workload.clone(), sample.checksum.clone()))
        .collect();
    for sample in samples.iter_mut().filter(|sample| sample.failure.is_none()) {
        if expected.get(&sample.workload).is_some_and(|checksum| *checksum != sample.checksum) {
            sample.failure = Some("the checksum differs from glibc's".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(allocator: &str, checksum: &str) -> Sample {
        Sample {
            workload: "w".to_owned(),
            allocator: allocator.to_owned(),
            checksum: Some(checksum.to_owned()),
            ..Sample::default()
        }
    }

    #[test]
    fn a_different_checksum_is_a_failure() {
        let mut samples = [sample(BASELINE, "1"), sample("a", "1"), sample("b", "2")];
        compare_checksums(&mut samples);
        let failed: Vec<bool> = samples.iter().map(|one| one.failure.is_some()).collect();
        assert_eq!(failed, [false, false, true]);
    }
}
