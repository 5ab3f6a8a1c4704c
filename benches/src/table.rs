//! The report as Markdown tables, which read as well on a terminal.

use std::fmt::Write;

use crate::allocator::BASELINE;
use crate::report::Report;
use crate::summary::{self, Measure};

/// Renders the whole report.
pub(crate) fn render(report: &Report) -> String {
    let mut text = String::new();
    let rounds = match (report.quick, report.rounds) {
        (true, 1) => "quick, one round".to_owned(),
        (true, rounds) => format!("quick, medians of {rounds} rounds"),
        (false, 1) => "one round".to_owned(),
        (false, rounds) => format!("medians of {rounds} rounds"),
    };
    let _ = writeln!(text, "# Allocators compared ({rounds})\n");
    for line in report.about.lines() {
        let _ = writeln!(text, "    {line}");
    }
    let _ = writeln!(text);
    for row in &report.allocators {
        let _ = writeln!(text, "- {}: {}", row.name, row.description);
    }
    for note in &report.notes {
        let _ = writeln!(text, "- note: {note}");
    }

    section(&mut text, "CPU time relative to glibc", &ratios(report, Measure::Cpu, "ms", 1000.0));
    section(&mut text, "Wall time relative to glibc", &ratios(report, Measure::Wall, "ms", 1000.0));
    let kib_to_mib = 1.0 / 1024.0;
    let peak = ratios(report, Measure::Peak, "MiB", kib_to_mib);
    section(&mut text, "Peak resident memory relative to glibc", &peak);
    let settled = ratios(report, Measure::Settled, "MiB", kib_to_mib);
    section(&mut text, "Settled memory relative to glibc", &settled);
    if !report.traces.is_empty() {
        section(&mut text, "System calls", &counts(report, |trace| trace.system_calls));
        section(&mut text, "Mappings", &counts(report, |trace| u64::try_from(trace.mappings).ok()));
    }
    section(
        &mut text,
        "Summary: geometric means (and worst cases) relative to glibc",
        &means(report),
    );
    exceptions(&mut text, report);
    text
}

fn section(text: &mut String, title: &str, rows: &[Vec<String>]) {
    // A table of nothing but its head, as settled memory is when filtered out.
    if rows.len() < 2 {
        return;
    }
    let _ = writeln!(text, "\n## {title}\n");
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..rows[0].len()).filter_map(width).collect();
    for (number, row) in rows.iter().enumerate() {
        let cells: Vec<String> =
            row.iter()
                .zip(&widths)
                .enumerate()
                .map(|(column, (cell, width))| {
                    if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
                })
                .collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
        if number == 0 {
            let rules: Vec<String> = widths
                .iter()
                .enumerate()
                .map(|(column, width)| {
                    if column == 0 {
                        "-".repeat(*width)
                    } else {
                        format!("{}:", "-".repeat(width - 1))
                    }
                })
                .collect();
            let _ = writeln!(text, "| {} |", rules.join(" | "));
        }
    }
}

fn others(report: &Report) -> impl Iterator<Item = &str> {
    report.allocators.iter().map(|row| row.name.as_str()).filter(|name| *name != BASELINE)
}

/// glibc's own figure in `unit`, then everybody's ratio to it.
fn ratios(report: &Report, measure: Measure, unit: &str, scale: f64) -> Vec<Vec<String>> {
    let mut head = vec!["workload".to_owned(), format!("{BASELINE} [{unit}]")];
    head.extend(others(report).map(str::to_owned));
    let mut rows = vec![head];
    for workload in &report.workloads {
        let Some(base) = summary::median(report, &workload.name, BASELINE, measure) else {
            if measure != Measure::Settled {
                rows.push(failed_row(report, &workload.name));
            }
            continue;
        };
        let mut row = vec![workload.name.clone(), format!("{:.1}", base * scale)];
        row.extend(others(report).map(|name| {
            summary::ratio(report, &workload.name, name, measure)
                .map_or_else(|| "failed".to_owned(), |ratio| format!("{ratio:.2}"))
        }));
        rows.push(row);
    }
    rows
}

/// Without a baseline there is nothing to relate to.
fn failed_row(report: &Report, workload: &str) -> Vec<String> {
    let mut row = vec![workload.to_owned(), "failed".to_owned()];
    row.extend(others(report).map(|_| "-".to_owned()));
    row
}

fn counts(
    report: &Report,
    count: impl Fn(&crate::trace::Trace) -> Option<u64>,
) -> Vec<Vec<String>> {
    let mut head = vec!["workload".to_owned(), BASELINE.to_owned()];
    head.extend(others(report).map(str::to_owned));
    let mut rows = vec![head.clone()];
    for workload in &report.workloads {
        let mut row = vec![workload.name.clone()];
        row.extend(head.iter().skip(1).map(|name| {
            report
                .trace(&workload.name, name)
                .and_then(&count)
                .map_or_else(|| "-".to_owned(), |count| count.to_string())
        }));
        rows.push(row);
    }
    rows
}

fn means(report: &Report) -> Vec<Vec<String>> {
    let head = ["allocator", "CPU", "wall", "peak memory", "settled memory", "page faults"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for name in others(report) {
        let cell = |measure| {
            summary::overall(report, name, measure).map_or_else(
                || "-".to_owned(),
                |all| format!("{:.2} ({:.2} {})", all.mean, all.worst, all.worst_workload),
            )
        };
        let measures =
            [Measure::Cpu, Measure::Wall, Measure::Peak, Measure::Settled, Measure::Faults];
        rows.push([name.to_owned()].into_iter().chain(measures.map(cell)).collect());
    }
    rows
}

/// What must not be lost in the means: failures, and what lies above its limit.
fn exceptions(text: &mut String, report: &Report) {
    let failures = report.failures(|_| true);
    if !failures.is_empty() {
        let _ = writeln!(text, "\nFailed, and in no mean:\n");
        for failure in failures {
            let _ = writeln!(text, "- {failure}");
        }
    }
    for row in report.allocators.iter().filter(|row| row.named_by_caller) {
        let above = summary::above_limits(report, &row.name);
        if !above.is_empty() {
            let _ = writeln!(text, "\nAbove the limit, {}: {}", row.name, above.join("; "));
        }
    }
}
