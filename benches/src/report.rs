//! Everything a run produced, and its files.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

use crate::allocator::Allocator;
use crate::machine::About;
use crate::sample::Sample;
use crate::trace::Trace;
use crate::workload::Workload;

/// A whole run.
#[derive(Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) about: About,
    pub(crate) rounds: usize,
    pub(crate) quick: bool,
    /// What was skipped or missing.
    pub(crate) notes: Vec<String>,
    pub(crate) allocators: Vec<AllocatorRow>,
    pub(crate) workloads: Vec<WorkloadRow>,
    pub(crate) samples: Vec<Sample>,
    pub(crate) traces: Vec<Trace>,
}

/// An allocator as the report names it.
#[derive(Serialize, Deserialize)]
pub(crate) struct AllocatorRow {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) named_by_caller: bool,
}

impl AllocatorRow {
    pub(crate) fn of(allocator: &Allocator) -> Self {
        Self {
            name: allocator.name.clone(),
            description: allocator.description.clone(),
            named_by_caller: allocator.named_by_caller,
        }
    }
}

/// A workload as the report names it.
#[derive(Serialize, Deserialize)]
pub(crate) struct WorkloadRow {
    pub(crate) name: String,
    pub(crate) models: String,
    pub(crate) time_limit: f64,
    pub(crate) memory_limit: f64,
}

impl WorkloadRow {
    pub(crate) fn of(workload: &Workload) -> Self {
        Self {
            name: workload.name.clone(),
            models: workload.models.clone(),
            time_limit: workload.time_limit,
            memory_limit: workload.memory_limit,
        }
    }
}

/// One line of the CSV file.
#[derive(Serialize)]
struct CsvRow<'a> {
    workload: &'a str,
    allocator: &'a str,
    round: usize,
    cpu_seconds: f64,
    wall_seconds: f64,
    user_seconds: f64,
    system_seconds: f64,
    peak_kib: f64,
    settled_kib: Option<f64>,
    minor_faults: f64,
    major_faults: f64,
    context_switches: f64,
    mappings: Option<usize>,
    system_calls: Option<u64>,
    failure: Option<&'a str>,
    machine: String,
    commit: &'a str,
    command: &'a str,
}

impl Report {
    /// Reads an earlier run.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(serde_json::from_str(&text)?)
    }

    /// Writes `results.json`, which holds everything, and `results.csv`, a line for each sample.
    pub(crate) fn save(&self, out: &Path) -> Result<()> {
        fs::create_dir_all(out).with_context(|| format!("cannot create {}", out.display()))?;
        fs::write(out.join("results.json"), serde_json::to_string_pretty(self)?)?;
        let mut csv = csv::Writer::from_path(out.join("results.csv"))?;
        for sample in &self.samples {
            csv.serialize(self.csv_row(sample))?;
        }
        csv.flush()?;
        Ok(())
    }

    fn csv_row<'a>(&'a self, sample: &'a Sample) -> CsvRow<'a> {
        let trace = self.trace(&sample.workload, &sample.allocator);
        CsvRow {
            workload: &sample.workload,
            allocator: &sample.allocator,
            round: sample.round,
            cpu_seconds: sample.cpu_seconds(),
            wall_seconds: sample.wall_seconds,
            user_seconds: sample.user_seconds,
            system_seconds: sample.system_seconds,
            peak_kib: sample.peak_kib,
            settled_kib: sample.settled_kib,
            minor_faults: sample.minor_faults,
            major_faults: sample.major_faults,
            context_switches: sample.context_switches,
            mappings: trace.map(|trace| trace.mappings),
            system_calls: trace.and_then(|trace| trace.system_calls),
            failure: sample.failure.as_deref(),
            machine: format!("{}; Linux {}", self.about.cpu, self.about.kernel),
            commit: &self.about.commit,
            command: &self.about.command,
        }
    }

    /// What the extra pass counted for a pair.
    pub(crate) fn trace(&self, workload: &str, allocator: &str) -> Option<&Trace> {
        self.traces.iter().find(|trace| trace.workload == workload && trace.allocator == allocator)
    }

    /// The failures of the allocators that `chosen` accepts, as `allocator on workload: reason`.
    pub(crate) fn failures(&self, chosen: impl Fn(&AllocatorRow) -> bool) -> Vec<String> {
        let chosen: Vec<&str> =
            self.allocators.iter().filter(|row| chosen(row)).map(|row| row.name.as_str()).collect();
        self.samples
            .iter()
            .filter(|sample| chosen.contains(&sample.allocator.as_str()))
            .filter_map(|sample| {
                let reason = sample.failure.as_ref()?;
                Some(format!("{} on {}: {reason}", sample.allocator, sample.workload))
            })
            .collect()
    }
}
