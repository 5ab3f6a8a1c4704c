//! One run of one workload under one allocator.

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::allocator::Allocator;
use crate::process::{Bench, Finished, Mode};
use crate::server;
use crate::workload::{Kind, Workload};

/// What a run took.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Sample {
    pub(crate) workload: String,
    pub(crate) allocator: String,
    pub(crate) round: usize,
    pub(crate) wall_seconds: f64,
    pub(crate) user_seconds: f64,
    pub(crate) system_seconds: f64,
    pub(crate) peak_kib: f64,
    /// Resident memory after a peak, where the workload reports it.
    pub(crate) settled_kib: Option<f64>,
    pub(crate) minor_faults: f64,
    pub(crate) major_faults: f64,
    pub(crate) context_switches: f64,
    /// The workload's result, which must not depend on the allocator.
    pub(crate) checksum: Option<String>,
    /// Why the run does not count.
    pub(crate) failure: Option<String>,
}

impl Sample {
    /// CPU time of the program and its children.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        self.user_seconds + self.system_seconds
    }

    fn of(finished: &Finished) -> Self {
        Self {
            wall_seconds: finished.number("wall_seconds"),
            user_seconds: finished.number("user_seconds"),
            system_seconds: finished.number("system_seconds"),
            peak_kib: finished.number("peak_kib"),
            settled_kib: finished.printed("settled_kib").and_then(|text| text.parse().ok()),
            minor_faults: finished.number("minor_faults"),
            major_faults: finished.number("major_faults"),
            context_switches: finished.number("context_switches"),
            checksum: finished.printed("checksum").map(str::to_owned),
            failure: finished.failure(),
            ..Self::default()
        }
    }
}

/// Runs `workload` once under `allocator`.
pub(crate) fn take(
    bench: &Bench,
    workload: &Workload,
    allocator: &Allocator,
    round: usize,
) -> Result<Sample> {
    let serves = matches!(&workload.kind, Kind::Program { client, .. } if !client.is_empty());
    let mut sample = if serves {
        let served = server::run(bench, workload, allocator)?;
        let mut sample = Sample::of(&served.finished);
        sample.wall_seconds = served.client_seconds;
        sample.settled_kib = served.settled_kib;
        sample.failure = sample.failure.or(served.failure);
        sample
    } else {
        let prepared = bench.prepare(workload, allocator, None);
        let running = bench.start(Mode::Wait, &prepared.variables, &prepared.words)?;
        Sample::of(&running.finish()?)
    };
    sample.workload.clone_from(&workload.name);
    sample.allocator.clone_from(&allocator.name);
    sample.round = round;
    if sample.failure.is_none() && sample.checksum.is_none() && is_pattern(workload) {
        sample.failure = Some("reported no checksum".to_owned());
    }
    Ok(sample)
}

fn is_pattern(workload: &Workload) -> bool {
    matches!(workload.kind, Kind::Pattern { .. })
}
