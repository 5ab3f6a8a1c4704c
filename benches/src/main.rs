//! Compares allocators in time and memory, and counts instructions of the hot paths.
//!
//! What is run is defined in `workloads/`; this program only runs it:
//! `cli` says what was asked for, `allocator`, `workload` and `compile` say what there is,
//! `suite` runs it through `sample`, `server` and `trace`, and `report`, `summary`, `table` and
//! `plot` say what came out. `instructions` is a bench of its own, which noise cannot touch.

#![forbid(unsafe_code)]

mod allocator;
mod cli;
mod compile;
mod instructions;
mod machine;
mod place;
mod plot;
mod process;
mod progress;
mod report;
mod sample;
mod server;
mod suite;
mod summary;
mod table;
mod trace;
mod workload;

use anyhow::{Result, bail};
use clap::Parser;
use std::path::Path;
use std::process::ExitCode;

use cli::{Command, Options};
use report::Report;

fn main() -> ExitCode {
    let done = match Options::parse().command {
        Command::Run(options) => run(&options),
        Command::List(options) => list(&options),
        Command::Report(options) => {
            Report::load(&options.results).and_then(|report| show(&report, options.out.as_deref()))
        }
        Command::Instructions(options) => instructions::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // A failed check is an answer, not a bug: no backtrace, whatever the environment says.
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the suite, writes everything, and fails if an allocator named by the caller failed.
fn run(options: &cli::Run) -> Result<()> {
    let report = suite::run(options)?;
    let out = options.out.clone().unwrap_or_else(place::default_out);
    report.save(&out)?;
    show(&report, Some(&out))?;
    eprintln!("written to {}", out.display());
    let failures = report.failures(|row| row.named_by_caller);
    if failures.is_empty() { Ok(()) } else { bail!("failed: {}", failures.join("; ")) }
}

fn show(report: &Report, out: Option<&Path>) -> Result<()> {
    let text = table::render(report);
    println!("{text}");
    if let Some(out) = out {
        std::fs::create_dir_all(out)?;
        std::fs::write(out.join("table.md"), &text)?;
        plot::glance(report, &out.join("glance.svg"))?;
        plot::workloads(report, &out.join("workloads.svg"))?;
    }
    Ok(())
}

fn list(options: &cli::List) -> Result<()> {
    println!("Workloads:");
    for workload in workload::load(&options.filter)? {
        println!("  {:<20} {}", workload.name, workload.models);
    }
    println!("Allocators besides glibc:");
    for peer in allocator::debian_peers() {
        match peer {
            allocator::Peer::Found(found) => println!("  {:<20} {}", found.name, found.description),
            allocator::Peer::Missing { name, package } => {
                println!("  {name:<20} missing: apt-get install {package}");
            }
        }
    }
    Ok(())
}
