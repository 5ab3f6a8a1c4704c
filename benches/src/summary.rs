//! Medians, ratios to glibc, geometric means and worst cases.

use crate::allocator::BASELINE;
use crate::report::{Report, WorkloadRow};
use crate::sample::Sample;

/// A quantity that the tables compare. Less is better for all of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    Cpu,
    Wall,
    Peak,
    Settled,
    Faults,
}

impl Measure {
    fn of(self, sample: &Sample) -> Option<f64> {
        match self {
            Self::Cpu => Some(sample.cpu_seconds()),
            Self::Wall => Some(sample.wall_seconds),
            Self::Peak => Some(sample.peak_kib),
            Self::Settled => sample.settled_kib,
            Self::Faults => Some(sample.minor_faults + sample.major_faults),
        }
    }
}

/// The ratios of one allocator over all workloads.
pub(crate) struct Overall {
    pub(crate) mean: f64,
    pub(crate) worst: f64,
    pub(crate) worst_workload: String,
}

/// The median of what an allocator took for a workload; `None` if any of its runs failed, for a
/// median over the lucky ones would flatter.
pub(crate) fn median(
    report: &Report,
    workload: &str,
    allocator: &str,
    measure: Measure,
) -> Option<f64> {
    let samples = report
        .samples
        .iter()
        .filter(|sample| sample.workload == workload && sample.allocator == allocator);
    let mut values = Vec::new();
    for sample in samples {
        if sample.failure.is_some() {
            return None;
        }
        values.push(measure.of(sample)?);
    }
    middle(values)
}

/// The median relative to glibc's.
pub(crate) fn ratio(
    report: &Report,
    workload: &str,
    allocator: &str,
    measure: Measure,
) -> Option<f64> {
    let base = median(report, workload, BASELINE, measure)?;
    let own = median(report, workload, allocator, measure)?;
    (base > 0.0 && own > 0.0).then(|| own / base)
}

/// The geometric mean and the worst case of an allocator's ratios.
pub(crate) fn overall(report: &Report, allocator: &str, measure: Measure) -> Option<Overall> {
    let ratios: Vec<(f64, &WorkloadRow)> = report
        .workloads
        .iter()
        .filter_map(|row| Some((ratio(report, &row.name, allocator, measure)?, row)))
        .collect();
    let (worst, row) = ratios.iter().max_by(|a, b| a.0.total_cmp(&b.0))?;
    let logarithms: f64 = ratios.iter().map(|(ratio, _)| ratio.ln()).sum();
    Some(Overall {
        mean: (logarithms / ratios.len() as f64).exp(),
        worst: *worst,
        worst_workload: row.name.clone(),
    })
}

/// What lies above its limit, as `workload time 2.31 > 2.00`.
pub(crate) fn above_limits(report: &Report, allocator: &str) -> Vec<String> {
    let mut above = Vec::new();
    for row in &report.workloads {
        let checks = [
            ("time", Measure::Cpu, row.time_limit),
            ("peak memory", Measure::Peak, row.memory_limit),
        ];
        for (name, measure, limit) in checks {
            if let Some(ratio) = ratio(report, &row.name, allocator, measure)
                && ratio > limit
            {
                above.push(format!("{} {name} {ratio:.2} > {limit:.2}", row.name));
            }
        }
    }
    above
}

fn middle(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => None,
        count if count % 2 == 1 => Some(values[half]),
        _ => Some(f64::midpoint(values[half - 1], values[half])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::About;
    use crate::report::AllocatorRow;

    fn sample(workload: &str, allocator: &str, cpu: f64) -> Sample {
        Sample {
            workload: workload.to_owned(),
            allocator: allocator.to_owned(),
            user_seconds: cpu,
            peak_kib: 1.0,
            ..Sample::default()
        }
    }

    fn report(samples: Vec<Sample>) -> Report {
        let workload = |name: &str| WorkloadRow {
            name: name.to_owned(),
            models: String::new(),
            time_limit: 2.0,
            memory_limit: 2.0,
        };
        let allocator = |name: &str| AllocatorRow {
            name: name.to_owned(),
            description: String::new(),
            named_by_caller: false,
        };
        Report {
            about: About::now(),
            rounds: 1,
            quick: false,
            notes: Vec::new(),
            allocators: vec![allocator(BASELINE), allocator("a")],
            workloads: vec![workload("x"), workload("y")],
            samples,
            traces: Vec::new(),
        }
    }

    #[test]
    fn the_mean_is_geometric_and_the_worst_is_named() {
        let report = report(vec![
            sample("x", BASELINE, 1.0),
            sample("x", "a", 4.0),
            sample("y", BASELINE, 1.0),
            sample("y", "a", 1.0),
        ]);
        let overall = overall(&report, "a", Measure::Cpu).unwrap();
        assert!((overall.mean - 2.0).abs() < 1e-9);
        assert!((overall.worst - 4.0).abs() < 1e-9);
        assert_eq!(overall.worst_workload, "x");
        assert_eq!(above_limits(&report, "a"), ["x time 4.00 > 2.00"]);
    }

    #[test]
    fn one_failed_run_takes_the_pair_out() {
        let failed = Sample { failure: Some("signal".to_owned()), ..sample("x", "a", 1.0) };
        let report = report(vec![sample("x", BASELINE, 1.0), sample("x", "a", 1.0), failed]);
        assert!(ratio(&report, "x", "a", Measure::Cpu).is_none());
    }

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        assert_eq!(middle(vec![4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(middle(Vec::new()), None);
    }
}
